from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold import App, ServerSentEvent, Settings
from twofold.cli.draining import Draining

SCOPE: Scope = {
    "type": "http", "http_version": "1.1", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET", "scheme": "http",
    "path": "/", "raw_path": b"/", "query_string": b"", "headers": [(b"host", b"shop.example")],
}  # fmt: skip


class Browser:
    """The client's side of one request that never leaves by itself."""

    def __init__(self, draining: Draining) -> None:
        self.sent: list[Message] = []
        self.arrived = asyncio.Condition()
        self._is_asked = False
        self.task = asyncio.ensure_future(draining(SCOPE, self._receive, self._send))

    async def _receive(self) -> Message:
        if self._is_asked:
            await asyncio.Event().wait()
        self._is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        async with self.arrived:
            self.sent.append(message)
            self.arrived.notify_all()

    async def has(self, body: bytes) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: any(message.get("body") == body for message in self.sent))

    @property
    def is_whole(self) -> bool:
        return self.sent[-1]["type"] == "http.response.body" and not self.sent[-1].get("more_body", False)


async def twofold_events() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data="first")
    await asyncio.Event().wait()


async def starlette_events() -> AsyncIterator[bytes]:
    yield b"data: first\n\n"
    await asyncio.Event().wait()


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    await StreamingResponse(starlette_events(), media_type="text/event-stream")(scope, receive, send)


def twofold_app() -> App:
    app = App(settings=Settings(mode="test"))
    app.get("/")(twofold_events)
    app.start()
    return app


@pytest.mark.parametrize("app", [twofold_app(), events], ids=["twofold", "starlette"])
async def test_an_event_stream_ends_when_the_server_stops(app: ASGIApp) -> None:
    draining = Draining(app)
    browser = Browser(draining)
    await browser.has(b"data: first\n\n")
    draining.begin()
    await asyncio.wait_for(browser.task, 5)
    assert browser.is_whole


async def test_an_event_stream_that_begins_while_the_server_stops_ends_too() -> None:
    draining = Draining(events)
    draining.begin()
    browser = Browser(draining)
    await asyncio.wait_for(browser.task, 5)
    assert browser.is_whole


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-ndjson"])
async def test_another_stream_goes_on_to_its_end(media_type: str) -> None:
    may_end = asyncio.Event()

    async def rows() -> AsyncIterator[bytes]:
        yield b"1"
        await may_end.wait()
        yield b"2"

    async def download(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(rows(), media_type=media_type)(scope, receive, send)

    draining = Draining(download)
    browser = Browser(draining)
    await browser.has(b"1")
    draining.begin()
    may_end.set()
    await asyncio.wait_for(browser.task, 5)
    assert b"".join(message.get("body", b"") for message in browser.sent) == b"12"


async def test_an_answer_in_the_making_is_not_disturbed() -> None:
    may_end = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        watch = asyncio.ensure_future(receive())
        await may_end.wait()
        await asyncio.wait({watch}, timeout=0)
        await PlainTextResponse("left" if watch.done() else "stayed")(scope, receive, send)
        watch.cancel()

    draining = Draining(slow)
    browser = Browser(draining)
    draining.begin()
    may_end.set()
    await asyncio.wait_for(browser.task, 5)
    assert browser.sent[-1]["body"] == b"stayed"


async def test_what_has_ended_is_forgotten() -> None:
    draining = Draining(PlainTextResponse("done"))
    for _ in range(3):
        await Browser(draining).task
    assert draining._exchanges == set()
