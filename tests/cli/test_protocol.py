"""Deadlines and limits before any app is asked, on a clock that jumps."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from support.virtual_time import virtual_time
from twofold.cli.protocol import HEAD_BYTES, HEAD_SECONDS, LINGER_SECONDS, STALL_SECONDS, WireProtocol
from twofold.cli.server import configured
from twofold.wire_guard import TARGET_EXTENSION


class Line(asyncio.Transport):
    """The connection, as far as the protocol sees it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""
        self.is_closed = False
        self.is_aborted = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = self.is_aborted = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Conversation:
    """A client on a line, and what the app was asked."""

    def __init__(self, *, is_endless: bool = False) -> None:
        self.is_endless = is_endless
        self.scopes: list[Scope] = []
        self.line = Line()
        config = configured(self._app, lifespan="off", timeout_keep_alive=5)
        self.protocol = WireProtocol(config, ServerState(), {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.line)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok" if not self.is_endless else b"", "more_body": self.is_endless})
        if self.is_endless:
            await asyncio.Event().wait()

    async def say(self, data: bytes) -> None:
        self.protocol.data_received(data)
        await asyncio.sleep(0.001)

    @property
    def is_over(self) -> bool:
        return self.line.is_closed


HEAD = b"GET /a?b HTTP/1.1\r\nHost: shop.example\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100\r\n\r\n"


@virtual_time
async def test_a_client_that_says_nothing_is_left() -> None:
    talk = Conversation()
    await asyncio.sleep(HEAD_SECONDS - 1)
    assert not talk.is_over
    await asyncio.sleep(2)
    assert talk.is_over


@virtual_time
async def test_a_head_has_one_deadline_however_steadily_it_dribbles() -> None:
    talk = Conversation()
    for byte in HEAD:
        await talk.say(bytes([byte]))
        await asyncio.sleep(0.5)
    assert talk.is_over
    assert talk.scopes == []


@virtual_time
async def test_a_request_in_time_is_answered_and_the_connection_kept() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"\r\n")
    assert talk.line.written.endswith(b"ok")
    await asyncio.sleep(4)
    await talk.say(HEAD + b"\r\n")
    assert talk.line.written.count(b"200 OK") == 2
    assert not talk.is_over


@virtual_time
async def test_the_next_request_has_a_deadline_of_its_own() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"\r\n")
    await talk.say(HEAD)
    await asyncio.sleep(HEAD_SECONDS + 1)
    assert talk.is_over


@virtual_time
async def test_the_target_is_handed_on_as_it_was_sent() -> None:
    talk = Conversation()
    await talk.say(b"GET http://evil.example/a?b#c HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    assert talk.scopes[0]["extensions"][TARGET_EXTENSION] == {"raw": b"http://evil.example/a?b#c"}


@pytest.mark.parametrize(
    "request_bytes",
    [HEAD + b"X: " + b"y" * HEAD_BYTES, b"GET /" + b"y" * HEAD_BYTES, HEAD + b"X: y\r\n" * (HEAD_BYTES // 2 + 1)],
    ids=["one header", "the target", "many headers"],
)
@virtual_time
async def test_a_head_beyond_its_limit_is_not_read(request_bytes: bytes) -> None:
    talk = Conversation()
    await talk.say(request_bytes + b"\r\n\r\n")
    assert b"400 Bad Request" in talk.line.written
    assert talk.is_over
    assert talk.scopes == []


@virtual_time
async def test_a_head_that_never_ends_is_not_read() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"X: ")
    for _ in range(HEAD_BYTES // 1_024 + 1):
        await talk.say(b"y" * 1_024)
    assert b"400 Bad Request" in talk.line.written
    assert talk.is_over
    assert talk.scopes == []


@virtual_time
async def test_a_large_body_beside_a_small_head_is_read() -> None:
    talk = Conversation()
    size = 3 * HEAD_BYTES
    await talk.say(POST.replace(b"100", b"%d" % size) + b"x" * size + HEAD)  # and half of the next request in the same read
    await talk.say(b"\r\n")
    assert talk.line.written.count(b"200 OK") == 2
    assert not talk.is_over


@virtual_time
async def test_a_kept_connection_that_asks_nothing_more_is_left_in_time_after_each_answer() -> None:
    talk = Conversation()
    for _ in range(5):
        await talk.say(HEAD + b"\r\n")
        await asyncio.sleep(4)
        assert not talk.is_over
    await asyncio.sleep(1.1)
    assert talk.is_over


@virtual_time
async def test_a_connection_that_became_a_conversation_is_left_alone() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"\r\n")
    handed_over = []
    talk.protocol.ws_protocol_class = lambda **_: Mock(connection_made=handed_over.append)
    talk.line.set_protocol = Mock()  # type: ignore[method-assign]
    await talk.say(HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert handed_over == [talk.line]
    await asyncio.sleep(10 * HEAD_SECONDS)
    assert not talk.is_over


@virtual_time
async def test_an_answer_that_takes_long_is_not_cut_off() -> None:
    talk = Conversation(is_endless=True)
    await talk.say(HEAD + b"\r\n")
    await asyncio.sleep(10 * HEAD_SECONDS)
    assert not talk.is_over


@virtual_time
async def test_a_body_that_nobody_waits_for_any_more_does_not_hold_the_connection() -> None:
    talk = Conversation()
    await talk.say(POST)
    assert talk.line.written.endswith(b"ok")
    for _ in range(int(LINGER_SECONDS)):
        await talk.say(b"x")
        await asyncio.sleep(1)
    await asyncio.sleep(1)
    assert talk.is_over


@virtual_time
async def test_a_body_that_still_arrives_leaves_the_connection_usable() -> None:
    talk = Conversation()
    await talk.say(POST)
    await talk.say(b"x" * 100)
    await asyncio.sleep(1)
    await talk.say(HEAD + b"\r\n")
    assert len(talk.scopes) == 2
    assert not talk.is_over


@virtual_time
async def test_empty_lines_do_not_hold_a_kept_connection() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"\r\n")
    for _ in range(int(HEAD_SECONDS)):
        await talk.say(b"\r\n")
        await asyncio.sleep(1.1)
    assert talk.is_over


@virtual_time
async def test_empty_lines_before_a_request_do_no_harm() -> None:
    talk = Conversation()
    await talk.say(HEAD + b"\r\n")
    await talk.say(b"\r\n")
    await talk.say(HEAD + b"\r\n")
    assert talk.line.written.count(b"200 OK") == 2
    await asyncio.sleep(4)
    assert not talk.is_over


@virtual_time
async def test_a_client_that_does_not_read_is_left() -> None:
    talk = Conversation(is_endless=True)
    await talk.say(HEAD + b"\r\n")
    talk.protocol.pause_writing()
    await asyncio.sleep(STALL_SECONDS - 1)
    assert not talk.line.is_aborted
    await asyncio.sleep(2)
    assert talk.line.is_aborted


@virtual_time
async def test_a_client_that_reads_slowly_is_not() -> None:
    talk = Conversation(is_endless=True)
    await talk.say(HEAD + b"\r\n")
    for _ in range(3):
        talk.protocol.pause_writing()
        await asyncio.sleep(STALL_SECONDS - 1)
        talk.protocol.resume_writing()
    await asyncio.sleep(STALL_SECONDS)
    assert not talk.is_over


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n", b"no HTTP at all\r\n\r\n", HEAD + b"\r\n"],
    ids=["closed after the answer", "refused", "left idle"],
)
@virtual_time
async def test_an_answer_that_is_not_taken_does_not_keep_a_closed_connection(request_bytes: bytes) -> None:
    talk = Conversation()
    await talk.say(request_bytes)
    await asyncio.sleep(STALL_SECONDS + 6)
    assert talk.line.is_aborted


@virtual_time
async def test_a_lost_connection_leaves_no_timer() -> None:
    talk = Conversation()
    talk.protocol.pause_writing()
    talk.protocol.connection_lost(None)
    await asyncio.sleep(HEAD_SECONDS + 1)
    assert talk.protocol._timer is None
    assert talk.protocol._stall is None
    assert not talk.line.is_aborted
