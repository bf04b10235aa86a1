from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx2
import pytest

from cli.programs import SECRET, Program, eventually, get, run, serving
from twofold.testing import Client

SAFE = {"TWOFOLD_SECRET": SECRET, "TWOFOLD_ALLOWED_HOSTS": "127.0.0.1"}

UNSAFE = [
    ("no-secret", {"TWOFOLD_SECRET": ""}),
    ("weak-secret", {"TWOFOLD_SECRET": "changeme"}),
    ("no-hosts", {"TWOFOLD_ALLOWED_HOSTS": ""}),
    ("not-production", {"TWOFOLD_ENV": "development"}),
    ("wildcard-host", {"TWOFOLD_ALLOWED_HOSTS": "*"}),
]


@pytest.mark.parametrize(("reason", "changes"), UNSAFE)
def test_unsafe_settings_are_not_served(shared_project: Path, reason: str, changes: dict[str, str]) -> None:
    done = run(shared_project, "serve", "--port", "0", **{**SAFE, **changes})
    assert done.returncode == 1
    assert done.stderr.startswith("twofold: main:app is not safe to serve:")
    assert f"[{reason}]" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_reason_is_told_at_once(shared_project: Path) -> None:
    done = run(shared_project, "serve", "--port", "0", TWOFOLD_ENV="development")
    assert [reason in done.stderr for reason in ("[not-production]", "[no-secret]", "[no-hosts]")] == [True] * 3


def test_a_taken_port_is_told_with_the_remedy(production: Program, shared_project: Path) -> None:
    port = str(httpx2.URL(production.url).port)
    done = run(shared_project, "serve", "--port", port, **SAFE)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "another --port" in done.stderr


def test_production_says_nothing_of_the_server_or_of_exceptions(production: Program) -> None:
    response = get(f"{production.url}/broken", headers={"Accept": "text/html"})
    assert response.status_code == 500
    assert "server" not in response.headers
    assert "LookupError" not in response.text
    assert "LookupError" in production.log


def test_what_a_client_says_of_a_proxy_is_not_believed(production: Program) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    get(f"{production.url}/from-a-proxy", headers=headers)
    line = eventually(lambda: [one for one in production.log.splitlines() if "/from-a-proxy" in one], "the access log")[0]
    assert "203.0.113.9" not in line


PROBES = [
    ("a Host", b"GET /account HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"200"),
    ("no Host", b"GET /account HTTP/1.1\r\n\r\n", b"400"),
    ("two Hosts", b"GET /account HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"400"),
    ("another site's Host", b"GET /account HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"400"),
    ("an absolute target", b"GET http://evil.example/account HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
    ("a fragment", b"GET /account#x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
    ("a fragment in the query", b"GET /account?a#x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
    (
        "length and chunks",
        b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"400",
    ),
    ("an unknown coding", b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
    ("too many headers", b"GET /account HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 100 + b"\r\n", b"431"),
    ("40 KiB of headers", b"GET /account HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 40960 + b"\r\n\r\n", b"431"),
    ("80 KiB of headers", b"GET /account HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 81920 + b"\r\n\r\n", b"400"),
]


@pytest.mark.parametrize(("request_bytes", "status"), [pytest.param(*row[1:], id=row[0]) for row in PROBES])
def test_the_wire_is_guarded(production: Program, request_bytes: bytes, status: bytes) -> None:
    port = httpx2.URL(production.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request_bytes)
        assert connection.recv(4096).split(b" ")[1] == status


def is_listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", httpx2.URL(url).port or 0)) == 0


async def test_sigterm_lets_an_action_finish_and_ends_streams(project: Path) -> None:

    with serving(project, "--grace-seconds", "15") as program:
        async with Client(program.url) as client, httpx2.AsyncClient(base_url=program.url, trust_env=False) as listener:
            # The server's actions are those of main.py; here they are those of the file it was copied from.
            call = client.post(
                "/_twofold/call?/main.take_its_time", json={"folder": str(project)}, headers={"Twofold-Call": "k" * 20}
            )  # fmt: skip
            async with asyncio.timeout(20), listener.stream("GET", "/api/ticks") as stream:
                running = asyncio.ensure_future(call)
                await asyncio.to_thread(eventually, (project / "begun").exists, "the action's begin")
                chunks = stream.aiter_text()
                assert await anext(chunks) == "data: first\n\n"
                program.stop()
                assert [chunk async for chunk in chunks] == []
                await asyncio.to_thread(eventually, lambda: not is_listening(program.url), "closing the door")
                assert not running.done()
                (project / "end").touch()
                response = await running
        assert (response.status_code, response.json()) == (200, {"data": "done"})
        assert response.headers["connection"] == "close"
        assert await asyncio.to_thread(program.process.wait, 10) == 0


def test_sigterm_during_the_start_ends_it_cleanly(project: Path) -> None:
    slow = "from pathlib import Path\nPath('importing').touch()\nimport threading\nthreading.Event().wait(20)\n"
    (project / "main.py").write_text(slow, encoding="utf-8")
    with serving(project) as program:
        eventually((project / "importing").exists, "the start")
        program.stop()
        assert program.process.wait(10) == 0
        assert "Traceback" not in program.log


def test_a_request_that_does_not_end_is_cut_off_after_the_grace(project: Path) -> None:
    with serving(project, "--grace-seconds", "0") as program:
        request = b"POST /_twofold/call?/main.take_its_time HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
        body = b'{"folder":"%b"}' % str(project).encode()
        head = b"Twofold-Call: kkkkkkkkkkkkkkkkkkkk\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        with socket.create_connection(("127.0.0.1", httpx2.URL(program.url).port), timeout=10) as connection:
            connection.sendall(request + head + body)
            eventually((project / "begun").exists, "the action's begin")
            program.stop()
            (project / "end").touch()
            assert program.process.wait(15) == 0
