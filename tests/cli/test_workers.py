"""Several workers as their users meet them: real processes, which are killed, hung, replaced and stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from cli.programs import SECRET, Program, eventually, get, run
from support.valkey import Valkey, running_valkey

SAFE = {"TWOFOLD_SECRET": SECRET, "TWOFOLD_ALLOWED_HOSTS": "127.0.0.1"}

SHOP = """
import asyncio, os, signal, time
from contextlib import asynccontextmanager
from pathlib import Path
from twofold import App, cached

BUILD = 1


@asynccontextmanager
async def life(app):
    with Path("starts").open("a") as starts:
        starts.write(f"{os.getpid()}\\n")
    yield


app = App(lifespan=life)


@app.get("/who")
async def who() -> dict[str, int]:
    return {"process": os.getpid(), "build": BUILD}


@app.get("/slow")
async def slow() -> int:
    Path(f"begun-{time.monotonic_ns()}").touch()
    until = time.monotonic() + 60
    while not Path("end").exists() and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return os.getpid()


@app.get("/hang")
async def hang() -> int:
    Path("hung").touch()
    time.sleep(30)
    return 0


@app.get("/poison")
async def poison() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0
"""


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Program]:
    """Two workers for the tests that leave two at work."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "main.py").write_text(SHOP, encoding="utf-8")
    with crew(folder, valkey, "--hung-seconds", "4") as program:
        assert who(program.url)["build"] == 1
        yield program


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(SHOP, encoding="utf-8")
    return tmp_path


def crew(directory: Path, valkey: Valkey, *arguments: str) -> Program:
    options = ("--port", "0", "--workers", "2", "--grace-seconds", "10", "--keep-alive-seconds", "1")
    return Program(directory, "serve", "main:app", *options, *arguments, **SAFE, TWOFOLD_REDIS_URL=valkey.url)


def workers_of(program: Program) -> set[int]:
    """Give the processes that were started last, as the supervisor's children."""
    children = Path(f"/proc/{program.process.pid}/task/{program.process.pid}/children").read_text(encoding="ascii")
    return {int(one) for one in children.split()}


def at_work(program: Program) -> set[int]:
    """Give the workers once all of them serve."""
    starts = program.log_file.parent / "starts"

    def serve() -> set[int]:
        workers = workers_of(program)
        begun = {int(one) for one in starts.read_text(encoding="ascii").split()}
        return workers if len(workers) == 2 and workers <= begun else set()

    return eventually(serve, "all workers' start")


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def who(url: str) -> dict[str, int]:
    with httpx2.Client(trust_env=False, timeout=60) as client:
        answer: dict[str, int] = client.get(f"{url}/who").json()
        return answer


@asynccontextmanager
async def load(url: str, *, clients: int = 4) -> AsyncIterator[Counter[str]]:
    """Keep asking over kept connections, and count the answers and failures."""
    outcomes: Counter[str] = Counter()

    async def ask() -> None:
        async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            while True:
                try:
                    response = await client.get("/who")
                    outcomes[str(response.status_code)] += 1
                    outcomes[f"build {response.json()['build']}"] += 1
                except httpx2.TransportError as error:
                    outcomes[type(error).__name__] += 1
                await asyncio.sleep(0.01)

    asking = [asyncio.ensure_future(ask()) for _ in range(clients)]
    try:
        yield outcomes
    finally:
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def sees(check: Callable[[], object], what: str) -> None:
    await asyncio.to_thread(eventually, check, what, 60)  # four processes that start beside a load may take their time


def test_several_workers_without_a_shared_store_are_refused_once_with_the_remedies(shop: Path) -> None:
    done = run(shop, "serve", "main:app", "--port", "0", "--workers", "2", **SAFE)
    assert done.returncode == 1
    assert done.stderr.startswith("twofold: main:app is not safe to serve:\n  2 workers would each have")
    assert done.stderr.count("[no-shared-store]") == 1
    assert [one in done.stderr for one in ("TWOFOLD_REDIS_URL=", "--embedded-store", "App(cache=")] == [True] * 3
    assert "Traceback" not in done.stderr


def test_an_app_that_does_not_start_is_told_once_and_ends_the_supervisor(shop: Path, valkey: Valkey) -> None:
    (shop / "main.py").write_text("raise LookupError('no such shop')\n", encoding="utf-8")
    done = run(shop, "serve", "main:app", "--port", "0", "--workers", "3", **SAFE, TWOFOLD_REDIS_URL=valkey.url)
    assert done.returncode == 1
    assert done.stderr.count("LookupError: no such shop") == 1
    assert "ended with 1 before it was ready" in done.stderr


def test_a_worker_that_is_never_ready_ends_the_supervisor(shop: Path, valkey: Valkey) -> None:
    (shop / "main.py").write_text("import threading\nthreading.Event().wait(60)\n", encoding="utf-8")
    options = ("--port", "0", "--workers", "2", "--start-seconds", "1")
    done = run(shop, "serve", "main:app", *options, **SAFE, TWOFOLD_REDIS_URL=valkey.url)
    assert done.returncode == 1
    assert "was not ready within 1 s" in done.stderr


def test_an_embedded_store_beside_another_one_is_refused(shop: Path) -> None:
    done = run(shop, "serve", "main:app", "--port", "0", "--embedded-store", **SAFE, TWOFOLD_REDIS_URL="redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert "names a store already" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_killed_worker_is_replaced_while_the_other_serves(standing: Program) -> None:
    before = at_work(standing)
    victim = min(before)
    async with load(standing.url) as outcomes:
        await sees(lambda: outcomes["200"] > 50, "the load")
        os.kill(victim, signal.SIGKILL)
        await sees(lambda: f"worker {victim} was ended by SIGKILL; another one starts" in standing.log, "the loss")
        served = outcomes["200"]
        await sees(lambda: outcomes["200"] > served + 50, "service by the other one")
        await sees(lambda: len(workers_of(standing) - {victim}) == 2, "the replacement")
    failed = sum(count for outcome, count in outcomes.items() if outcome != "200" and not outcome.startswith("build"))
    assert failed <= 4, outcomes  # what the killed one was answering, one for each connection


def _is_served(url: str) -> bool:
    try:
        return bool(who(url))
    except httpx2.TransportError:
        return False


async def test_a_hung_worker_is_killed_and_replaced(standing: Program) -> None:
    asking = asyncio.ensure_future(asyncio.to_thread(_fails, f"{standing.url}/hang"))
    await sees((standing.log_file.parent / "hung").exists, "the hanging")
    await sees(lambda: "has given no sign for 4 s, and is killed" in standing.log, "the discovery")
    assert await asking
    await sees(lambda: _is_served(standing.url), "service")


def _fails(url: str) -> bool:
    try:
        get(url)
    except httpx2.TransportError:
        return True
    return False


async def test_a_reload_to_what_does_not_start_changes_nothing(standing: Program) -> None:
    before = at_work(standing)
    (standing.log_file.parent / "main.py").write_text("def broken(:\n", encoding="utf-8")
    standing.process.send_signal(signal.SIGHUP)
    await sees(lambda: "the new workers do not serve; those before them go on" in standing.log, "the failure")
    assert workers_of(standing) == before
    assert who(standing.url)["build"] == 1


async def test_a_reload_under_load_loses_no_request(standing: Program) -> None:
    folder, url = standing.log_file.parent, standing.url
    before = at_work(standing)
    async with load(url) as outcomes, httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        slow = asyncio.ensure_future(client.get("/slow"))
        await sees(lambda: list(folder.glob("begun-*")), "the slow request")
        (folder / "main.py").write_text(SHOP.replace("BUILD = 1", "BUILD = 2"), encoding="utf-8")
        standing.process.send_signal(signal.SIGHUP)
        await sees(lambda: outcomes["build 2"] > 50, "the new build")
        (folder / "end").touch()
        assert (await slow).json() in before
        await sees(lambda: "the new workers have taken over" in standing.log, "the change")
        await sees(lambda: not workers_of(standing) & before, "the old ones' end")
    assert {outcome for outcome in outcomes if not outcome.startswith("build")} == {"200"}, outcomes
    assert who(url)["build"] == 2


async def test_a_poisonous_request_makes_no_storm_of_restarts(standing: Program) -> None:
    starts = standing.log_file.parent / "starts"
    at_work(standing)
    before = len(starts.read_text(encoding="ascii").split())
    until = time.monotonic() + 2
    while time.monotonic() < until:
        await asyncio.to_thread(_fails, f"{standing.url}/poison")
        await asyncio.sleep(0.01)
    assert len(starts.read_text(encoding="ascii").split()) - before <= 2 * 3  # at once, after 0.5 and after 1 second
    await sees(lambda: _is_served(standing.url), "recovery")


async def test_sigterm_lets_requests_finish_on_all_workers(shop: Path, valkey: Valkey) -> None:
    with crew(shop, valkey) as program:
        async with httpx2.AsyncClient(base_url=program.url, trust_env=False, timeout=60) as client:
            slow = [asyncio.ensure_future(client.get("/slow")) for _ in range(8)]
            await sees(lambda: len(list(shop.glob("begun-*"))) == 8, "the slow requests")
            program.stop()
            await sees(lambda: "Shutting down" in program.log, "the stop")
            (shop / "end").touch()
            answers = await asyncio.gather(*slow)
        assert {one.status_code for one in answers} == {200}
        assert await asyncio.to_thread(program.process.wait, 20) == 0


async def test_while_it_drains_it_serves_and_says_that_it_is_not_ready(shop: Path) -> None:
    with Program(shop, "serve", "main:app", "--port", "0", "--drain-seconds", "2", **SAFE) as program:
        url = program.url
        assert get(f"{url}/readyz", headers={"Host": "10.0.0.5"}).json() == {"status": "ready"}
        program.stop()
        await sees(lambda: get(f"{url}/readyz").status_code == 503, "the announcement")
        answer = get(f"{url}/readyz")
        assert answer.json() == {"status": "not ready", "parts": ["draining"]}
        assert answer.headers["connection"] == "close"
        assert get(f"{url}/healthz").status_code == 200
        assert get(f"{url}/who").status_code == 200
        assert await asyncio.to_thread(program.process.wait, 20) == 0


def test_stores_that_are_away_make_it_unready_and_not_dead(shop: Path) -> None:
    with running_valkey() as server:
        variables = {**SAFE, "TWOFOLD_REDIS_URL": server.url}
        with Program(shop, "serve", "main:app", "--port", "0", **variables) as program:
            url = program.url
            server.kill()
            eventually(lambda: get(f"{url}/readyz").json() == {"status": "not ready", "parts": ["stores"]}, "the discovery")
            assert get(f"{url}/healthz").status_code == 200
            server.start()
            eventually(lambda: get(f"{url}/readyz").status_code == 200, "recovery")


COUNTING = """
from twofold import App, cached, revalidate_tag

app = App()
levels = {"a": 0}


@cached(tags=["level"])
async def level() -> str:
    import secrets
    return secrets.token_hex(8)


@app.get("/level")
async def get_level() -> str:
    return await level()
"""


def embedded(directory: Path, workers: int) -> Program:
    options = ("--port", "0", "--workers", str(workers), "--embedded-store")
    return Program(directory, "serve", "main:app", *options, **SAFE, TMPDIR=str(directory))


def store_of(program: Program) -> int:
    (store,) = [one for one in workers_of(program) if b"valkey-server" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return store


def test_an_embedded_store_is_shared_restarted_and_leaves_nothing_behind(shop: Path) -> None:
    (shop / "main.py").write_text(COUNTING, encoding="utf-8")
    with embedded(shop, 2) as program:
        url = program.url
        assert len({get(f"{url}/level").text for _ in range(20)}) == 1
        store = store_of(program)
        assert b"requirepass" not in Path(f"/proc/{store}/cmdline").read_bytes()
        (folder,) = shop.glob("twofold-*")
        assert folder.stat().st_mode & 0o077 == 0
        os.kill(store, signal.SIGKILL)
        eventually(lambda: "the embedded store was ended by SIGKILL" in program.log, "the loss")
        eventually(lambda: get(f"{url}/readyz").status_code == 200, "recovery")
        program.stop()
        assert program.process.wait(20) == 0
        assert "Traceback" not in program.log
    assert list(shop.glob("twofold-*")) == []


def test_workers_and_store_end_when_the_supervisor_is_killed(shop: Path) -> None:
    with embedded(shop, 1) as program:
        assert program.url
        processes = workers_of(program)
        assert len(processes) == 2
        program.process.kill()
        eventually(lambda: not any(is_running(one) for one in processes), "their end")


def test_a_second_sigterm_ends_everything_at_once(shop: Path) -> None:
    with embedded(shop, 1) as program, socket.create_connection(("127.0.0.1", httpx2.URL(program.url).port), 20) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        eventually(lambda: list(shop.glob("begun-*")), "the slow request")
        processes = workers_of(program)
        program.stop()
        eventually(lambda: "Shutting down" in program.log, "the stop")
        program.stop()
        assert program.process.wait(10) == 1
        assert not any(is_running(one) for one in processes)
        assert client.recv(1) == b""
