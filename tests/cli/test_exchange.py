"""The answer on the wire: byte for byte what uvicorn writes, in fewer writes, and nothing that could be read as two answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from twofold.cli.protocol import WireProtocol
from twofold.cli.server import configured

Headers = Sequence[tuple[bytes, bytes]]
LENGTH = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


class Line(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def content(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def answered(kind: type[HttpToolsProtocol], messages: Sequence[Message], request: bytes) -> Line:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    line, state = Line(), ServerState()
    state.default_headers = [(b"date", b"today")]
    protocol = kind(configured(app, lifespan="off"), state, {}, asyncio.get_running_loop())
    protocol.connection_made(line)
    protocol.data_received(request)
    await asyncio.sleep(0.01)
    protocol.connection_lost(None)
    return line


def ask(method: str = "GET", version: str = "1.1", more: str = "") -> bytes:
    return f"{method} / HTTP/{version}\r\nHost: shop.example\r\n{more}\r\n".encode()


ANSWERS: dict[str, list[Message]] = {
    "of known length": [start(200, LENGTH), content(b"ok")],
    "of known length, in parts": [start(200, LENGTH), content(b"o", more=True), content(b"k")],
    "chunked": [start(200, []), content(b"one", more=True), content(b"", more=True), content(b"two")],
    "said to be chunked": [start(200, [(b"transfer-encoding", b"Chunked")]), content(b"one", more=True), content(b"")],
    "empty": [start(204, []), content(b"")],
    "not modified": [start(304, [(b"etag", b'"a"')]), content(b"")],
    "nothing": [start(404, [(b"content-length", b"0")]), content(b"")],
    "closing": [start(200, [*LENGTH, (b"connection", b"Close, x")]), content(b"ok")],
    "names in capitals": [start(200, [(b"Content-Length", b"2"), (b"X-A", b"\xe9\t,")]), content(b"ok")],
}
REQUESTS = {"GET": ask(), "HEAD": ask("HEAD"), "HTTP/1.0": ask(version="1.0"), "closing": ask(more="Connection: close\r\n")}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("messages", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_is_written_as_uvicorn_writes_it(messages: list[Message], request_bytes: bytes) -> None:
    theirs = await answered(HttpToolsProtocol, messages, request_bytes)
    ours = await answered(WireProtocol, messages, request_bytes)
    assert b"".join(ours.writes) == b"".join(theirs.writes)
    assert ours.is_closed == theirs.is_closed


async def test_a_head_leaves_with_its_content_and_that_of_a_stream_at_once() -> None:
    line = await answered(WireProtocol, ANSWERS["of known length"], ask())
    assert len(line.writes) == 1
    line = await answered(WireProtocol, [start(200, [])], ask())
    assert line.writes[0].endswith(b"\r\n\r\n")


WRONG: dict[str, list[Message]] = {
    "another answer in a value": [start(200, [*LENGTH, (b"x-a", b"b\r\n\r\nHTTP/1.1 200 OK")]), content(b"ok")],
    "another header in a value": [start(200, [*LENGTH, (b"x-a", b"b\nx-b: c")]), content(b"ok")],
    "a null in a value": [start(200, [*LENGTH, (b"x-a", b"b\0")]), content(b"ok")],
    "a name that ends its line": [start(200, [*LENGTH, (b"x-a\r\nx-b", b"c")]), content(b"ok")],
    "a name with a colon": [start(200, [*LENGTH, (b"x-a: b", b"c")]), content(b"ok")],
    "content first": [content(b"ok")],
}


@pytest.mark.parametrize("messages", WRONG.values(), ids=WRONG)
async def test_what_is_no_answer_becomes_none(messages: list[Message], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    line = await answered(WireProtocol, messages, ask())
    written = b"".join(line.writes)
    assert b"200 OK" not in written
    assert line.is_closed
    assert b"x-b" not in written


@pytest.mark.parametrize(
    "messages",
    [
        [start(200, LENGTH), content(b"too long")],
        [start(200, LENGTH), content(b"k")],
        [start(200, LENGTH), start(200, LENGTH)],
        [start(200, LENGTH), content(b"ok"), content(b"more")],
    ],
    ids=["longer than said", "shorter than said", "begun twice", "goes on after its end"],
)
async def test_an_answer_that_contradicts_itself_ends_the_connection_or_is_cut(
    messages: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    theirs = await answered(HttpToolsProtocol, messages, ask())
    ours = await answered(WireProtocol, messages, ask())
    assert ours.is_closed == theirs.is_closed
    assert b"".join(theirs.writes).startswith(b"".join(ours.writes))
