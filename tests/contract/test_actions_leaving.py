"""What becomes of a running action when its browser hangs up: a real server, and connections that are closed half way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from support.action_app import Tab
from support.asgi import HOST, Conversation, scope_of, settle
from support.stock_app import Stage, make_app, new_stage
from support.uvicorn_server import serving
from support.waiting import until
from twofold import App

servers = pytest.mark.parametrize("http", ["h11", "httptools"])
KEY = "k" * 22


@pytest.fixture
def stage() -> Stage:
    return new_stage()


@pytest.fixture
def app() -> App:
    return make_app()


def request_of(name: str, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [
        f"POST /_twofold/call?/support.stock_app.{name} HTTP/1.1",
        f"host: {HOST}",
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        f"twofold-call: {KEY}",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def sending(port: int, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request and hang up at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    yield reader
    writer.close()
    await writer.wait_closed()


async def call_again(app: App, name: str) -> int:
    tab = Tab(app)
    answer = await tab.call(f"support.stock_app.{name}", {}, key=KEY)
    await tab.client.aclose()
    return answer.status_code


@servers
@pytest.mark.parametrize("name", ["search", "look"])
async def test_an_abortable_action_is_stopped_where_it_waits(
    http: str, name: str, app: App, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(app, http=http) as port:
        async with sending(port, request_of(name)):
            await stage.told(f"{name} begins")
        await until(lambda: f"{name} cleans up" in stage.log)
    assert stage.log == [f"{name} begins", f"{name} cleans up"]
    assert caplog.records == []


@servers
async def test_the_call_key_of_a_stopped_action_is_free_again(http: str, app: App, stage: Stage) -> None:
    async with serving(app, http=http) as port:
        async with sending(port, request_of("search")):
            await stage.told("search begins")
        stage.log.clear()
        again = asyncio.create_task(call_again(app, "search"))
        await stage.told("search begins")
        stage.gate.set()
        assert await again == 200


@servers
@pytest.mark.parametrize("name", ["charge", "count"])
async def test_every_other_action_runs_to_its_end(http: str, name: str, app: App, stage: Stage) -> None:
    async with serving(app, http=http) as port:
        async with sending(port, request_of(name)):
            await stage.told(f"{name} begins")
        await settle()
        stage.gate.set()
        await stage.told(f"{name} ends")
    assert stage.log == [f"{name} begins", f"{name} ends", f"{name} cleans up"]


@pytest.mark.parametrize("name", ["charge", "count"])
async def test_a_server_that_cancels_the_request_does_not_stop_them(name: str, app: App, stage: Stage) -> None:
    headers = {
        "sec-fetch-site": "same-origin",
        "content-type": "application/json",
        "twofold-call": KEY,
    }
    scope = scope_of("POST", f"/_twofold/call?/support.stock_app.{name}", headers)
    async with Conversation(app, scope) as conversation:
        conversation.put({"type": "http.request", "body": b"{}", "more_body": False})
        await stage.told(f"{name} begins")
    stage.gate.set()
    await stage.told(f"{name} ends")


@servers
async def test_an_abortable_action_whose_browser_stays_answers_like_any_other(http: str, app: App, stage: Stage) -> None:
    stage.gate.set()
    async with serving(app, http=http) as port, sending(port, request_of("search", b"{}", "connection: close")) as reader:
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"data":null}')
