from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from twofold import App, Settings
from twofold.errors import StoreUnavailable
from twofold.health import LEAVING, PAUSE_SECONDS, PING_SECONDS, Health, not_ready
from twofold.testing import Client

ROWS = [
    (False, True, ()),
    (True, True, ("draining",)),
    (False, False, ("stores",)),
    (True, False, ("draining", "stores")),
]


@pytest.mark.parametrize(("is_leaving", "has_stores", "parts"), ROWS)
def test_what_is_not_ready(is_leaving: bool, has_stores: bool, parts: tuple[str, ...]) -> None:
    assert not_ready(is_leaving=is_leaving, has_stores=has_stores) == parts


class Backend:
    """What the stores' server does when it is asked."""

    def __init__(self) -> None:
        self.pings = 0
        self.failure: Exception | None = None
        self.is_silent = False

    async def ping(self) -> None:
        self.pings += 1
        if self.is_silent:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure


def started(app: App, backend: Backend | None = None) -> App:
    app.start(Settings(mode="test", allowed_hosts=("shop.example",)))
    if backend is not None:
        app._stores = replace(app.stores, ping=backend.ping)
    return app


async def ask(app: ASGIApp, path: str, *, method: str = "GET", **scope: Any) -> tuple[int, dict[str, str], bytes]:
    """Ask as a machine does, under a name that the app does not answer to."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(
        {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", b"10.0.0.5:8000")], "client": ("10.0.0.1", 4000), "scheme": "http", **scope,
        },
        receive,
        send,
    )  # fmt: skip
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


async def test_a_process_that_answers_is_alive_and_asks_nobody() -> None:
    backend = Backend()
    status, headers, body = await ask(Health(started(App(), backend)), "/healthz")
    assert (status, body) == (200, b'{"status":"alive"}')
    assert headers["cache-control"] == "no-store"
    assert backend.pings == 0


async def test_it_is_alive_while_it_leaves_and_while_the_stores_are_away() -> None:
    backend = Backend()
    backend.failure = StoreUnavailable("gone")
    assert (await ask(Health(started(App(), backend)), "/healthz", **{LEAVING: True}))[0] == 200


async def test_it_is_ready_when_the_stores_answer() -> None:
    assert (await ask(Health(started(App())), "/readyz"))[::2] == (200, b'{"status":"ready"}')


async def test_a_process_that_leaves_is_not_ready() -> None:
    assert (await ask(Health(started(App())), "/readyz", **{LEAVING: True}))[::2] == (
        503,
        b'{"status":"not ready","parts":["draining"]}',
    )


async def test_it_is_not_ready_while_the_stores_are_away_and_says_no_more_than_that(caplog: pytest.LogCaptureFixture) -> None:
    backend = Backend()
    backend.failure = StoreUnavailable("redis://:password@10.0.0.9 is gone")
    status, _, body = await ask(Health(started(App(), backend)), "/readyz")
    assert (status, body) == (503, b'{"status":"not ready","parts":["stores"]}')
    assert "not ready" in caplog.text


async def test_stores_that_never_answer_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.health.PING_SECONDS", PING_SECONDS / 100)
    backend = Backend()
    backend.is_silent = True
    assert (await ask(Health(started(App(), backend)), "/readyz"))[0] == 503


async def test_the_stores_are_asked_once_a_second_however_many_ask() -> None:
    now = 100.0
    backend = Backend()
    health = Health(started(App(), backend), clock=lambda: now)
    await asyncio.gather(*(ask(health, "/readyz") for _ in range(20)))
    assert backend.pings == 1
    backend.failure = StoreUnavailable("gone")
    assert (await ask(health, "/readyz"))[0] == 200
    now += PAUSE_SECONDS
    assert (await ask(health, "/readyz"))[0] == 503
    assert backend.pings == 2


async def test_who_leaves_before_the_answer_does_not_disturb_the_others() -> None:
    backend = Backend()
    backend.is_silent = True
    health = Health(started(App(), backend))
    first = asyncio.ensure_future(ask(health, "/readyz"))
    second = asyncio.ensure_future(ask(health, "/readyz"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert not second.cancelled()
    second.cancel()
    await asyncio.wait({second})


async def test_head_has_no_body() -> None:
    assert (await ask(Health(started(App())), "/healthz", method="HEAD"))[::2] == (200, b"")


async def test_other_methods_and_paths_are_the_apps() -> None:
    health = Health(started(App()))
    for method, path in [("POST", "/healthz"), ("GET", "/healthz/"), ("GET", "/healthz/x"), ("GET", "/Healthz")]:
        status, _, _ = await ask(health, path, method=method)
        assert status == 400, "the app refuses the host"


def own_handler() -> App:
    app = App()
    app.get("/readyz")(own)
    return app


def own_parameter() -> App:
    app = App()
    app.get("/{name}")(own_below)
    return app


async def own() -> str:
    return "own"


async def own_below(name: str) -> str:
    return "own"


@pytest.mark.parametrize("make", [own_handler, own_parameter])
async def test_a_route_of_the_app_wins(make: Any) -> None:
    async with Client(Health(started(make())), base_url="https://shop.example") as client:
        assert (await client.get("/readyz")).text == '"own"'


async def foreign(scope: Scope, receive: Receive, send: Send) -> None:
    is_own = scope["path"] == "/readyz"
    response = PlainTextResponse("own") if is_own else JSONResponse({"detail": "nothing here"}, 404)
    await response(scope, receive, send)


def mounted() -> App:
    app = App()
    app.mount("/", foreign)
    app.start(Settings(mode="test"))
    return app


@pytest.mark.parametrize("make", [lambda: foreign, mounted], ids=["alone", "mounted"])
async def test_another_app_is_asked_first(make: Any) -> None:
    health = Health(make())
    assert (await ask(health, "/readyz"))[2] == b"own"
    assert (await ask(health, "/healthz"))[::2] == (200, b'{"status":"alive"}')
