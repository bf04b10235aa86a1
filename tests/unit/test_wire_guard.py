from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from support.virtual_time import virtual_time
from twofold.wire_guard import TARGET_EXTENSION, Limits, Reason, WireGuard, decide

HOST = (b"host", b"shop.example")


def scope_of(*headers: tuple[bytes, bytes], **changes: Any) -> Scope:
    return {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "https", "path": "/", "raw_path": b"/",
        "query_string": b"", "headers": list(headers), **changes,
    }  # fmt: skip


def sent_as(target: bytes, **changes: Any) -> Scope:
    return scope_of(HOST, extensions={TARGET_EXTENSION: {"raw": target}}, **changes)


ALLOWED = [
    ("a plain request", scope_of(HOST)),
    ("a port", scope_of((b"host", b"127.0.0.1:8000"))),
    ("an IPv6 host", scope_of((b"host", b"[::1]:8000"))),
    ("a path and a query", scope_of(HOST, raw_path=b"/a%20b", query_string=b"/app.actions.reserve")),
    ("a declared length", scope_of(HOST, (b"content-length", b"17"))),
    ("chunks", scope_of(HOST, (b"transfer-encoding", b"Chunked"))),
    ("a server without raw paths", {name: value for name, value in scope_of(HOST).items() if name != "raw_path"}),
    ("all of the server's options", scope_of(HOST, method="OPTIONS", raw_path=b"*")),
    ("a hundred headers", scope_of(HOST, *[(b"x", b"")] * 99)),
    ("32 KiB of headers", scope_of(HOST, (b"x", b"y" * (32 * 1024 - 20 - 5)))),
    ("the target as sent", sent_as(b"/a?b")),
    ("a WebSocket", {**scope_of(HOST), "type": "websocket"}),
]

REFUSED = [
    (Reason.HOST_MISSING, scope_of()),
    (Reason.HOST_MISSING, scope_of(http_version="1.0")),
    (Reason.HOST_DUPLICATE, scope_of(HOST, HOST)),
    (Reason.HOST_DUPLICATE, scope_of(HOST, (b"host", b"evil.example"))),
    (Reason.HOST_MALFORMED, scope_of((b"host", b""))),
    (Reason.HOST_MALFORMED, scope_of((b"host", b"shop.example, evil.example"))),
    (Reason.HOST_MALFORMED, scope_of((b"host", b"shop.example@evil.example"))),
    (Reason.HOST_MALFORMED, scope_of((b"host", b"shop.example/path"))),
    (Reason.HOST_MALFORMED, scope_of((b"host", b"shop\xe9.example"))),
    (Reason.HEADERS_TOO_MANY, scope_of(HOST, *[(b"x", b"")] * 100)),
    (Reason.HEADERS_TOO_LARGE, scope_of(HOST, (b"x", b"y" * (32 * 1024 - 20 - 4)))),
    (Reason.HEADERS_TOO_LARGE, scope_of(HOST, *[(b"cookie", b"y" * 4096)] * 8)),
    (Reason.TARGET_NOT_A_PATH, scope_of(HOST, raw_path=b"http://evil.example/", path="http://evil.example/")),
    (Reason.TARGET_NOT_A_PATH, scope_of(HOST, raw_path=b"*")),
    (Reason.TARGET_NOT_A_PATH, sent_as(b"http://evil.example/")),
    (Reason.TARGET_NOT_A_PATH, sent_as(b"")),
    (Reason.TARGET_FRAGMENT, scope_of(HOST, raw_path=b"/#admin")),
    (Reason.TARGET_FRAGMENT, scope_of(HOST, query_string=b"a=1#b")),
    (Reason.TARGET_FRAGMENT, sent_as(b"/?a=1#b")),
    (Reason.LENGTH_AND_CODING, scope_of(HOST, (b"content-length", b"4"), (b"transfer-encoding", b"chunked"))),
    (Reason.LENGTH_DUPLICATE, scope_of(HOST, (b"content-length", b"4"), (b"content-length", b"4"))),
    (Reason.LENGTH_MALFORMED, scope_of(HOST, (b"content-length", b"+4"))),
    (Reason.LENGTH_MALFORMED, scope_of(HOST, (b"content-length", b"4, 4"))),
    (Reason.LENGTH_MALFORMED, scope_of(HOST, (b"content-length", b""))),
    (Reason.LENGTH_MALFORMED, scope_of(HOST, (b"content-length", b"\xb2"))),
    (Reason.LENGTH_MALFORMED, scope_of(HOST, (b"content-length", b"9" * 20))),
    (Reason.CODING_UNKNOWN, scope_of(HOST, (b"transfer-encoding", b"gzip, chunked"))),
    (Reason.CODING_UNKNOWN, scope_of(HOST, (b"transfer-encoding", b"identity"))),
    (Reason.CODING_UNKNOWN, scope_of(HOST, (b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked"))),
]


@pytest.mark.parametrize("scope", [pytest.param(scope, id=name) for name, scope in ALLOWED])
def test_a_request_with_one_meaning_passes(scope: Scope) -> None:
    assert decide(scope) is None


@pytest.mark.parametrize(("reason", "scope"), REFUSED, ids=lambda value: value.value if isinstance(value, Reason) else "")
def test_a_request_with_two_meanings_is_refused(reason: Reason, scope: Scope) -> None:
    assert decide(scope) is reason


def test_every_reason_is_in_the_table() -> None:
    assert {reason for reason, _ in REFUSED} == set(Reason)


STATUSES = [
    *((reason, 431) for reason in (Reason.HEADERS_TOO_MANY, Reason.HEADERS_TOO_LARGE)),
    (Reason.HOST_MISSING, 400),
    (Reason.LENGTH_AND_CODING, 400),
    (Reason.CODING_UNKNOWN, 501),
]


@pytest.mark.parametrize(("reason", "status"), STATUSES)
def test_a_reason_has_the_status_of_its_rfc(reason: Reason, status: int) -> None:
    assert reason.failure.status == status


async def unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("a refused request reached the app")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


async def answers_whatever_happens(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await Request(scope, receive).body()
    except ClientDisconnect:
        await PlainTextResponse("incomplete", 400)(scope, receive, send)


class Wire:
    """The other side of one exchange: the chunks of a body, each after a pause."""

    def __init__(self, *chunks: tuple[float, bytes], is_whole: bool = True) -> None:
        self.chunks = list(chunks)
        self.is_whole = is_whole
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self.chunks:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}
        pause, chunk = self.chunks.pop(0)
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.chunks) or not self.is_whole}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


async def exchange(app: ASGIApp, wire: Wire, scope: Scope | None = None, **limits: float) -> Wire:
    guard = WireGuard(app, Limits(**limits)) if limits else WireGuard(app)  # type: ignore[arg-type]
    await guard(scope or scope_of(HOST), wire.receive, wire.send)
    return wire


async def test_a_refusal_is_the_error_contract_and_ends_the_connection() -> None:
    wire = await exchange(unreachable, Wire(), scope_of())
    assert wire.status == 400
    assert json.loads(wire.body) == {"error": "The request is malformed", "code": "BAD_REQUEST"}
    assert dict(wire.sent[0]["headers"])[b"connection"] == b"close"


async def test_a_refusal_of_a_head_request_has_no_content() -> None:
    assert (await exchange(unreachable, Wire(), scope_of(method="HEAD"))).body == b""


async def test_a_refused_websocket_is_closed_before_it_opens() -> None:
    wire = await exchange(unreachable, Wire(), {**scope_of(), "type": "websocket"})
    assert [message["type"] for message in wire.sent] == ["websocket.close"]


async def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await exchange(app, Wire(), {"type": "lifespan"})
    assert seen == ["lifespan"]


@virtual_time
async def test_a_body_in_time_arrives_whole() -> None:
    wire = await exchange(echo, Wire((9, b"ab"), (9, b"cd"), (9, b"ef")))
    assert (wire.status, wire.body) == (200, b"abcdef")


@virtual_time
@pytest.mark.parametrize("app", [echo, answers_whatever_happens])
async def test_a_body_that_stops_is_answered_408(app: ASGIApp) -> None:
    wire = await exchange(app, Wire((1, b"ab"), is_whole=False))
    assert wire.status == 408
    assert json.loads(wire.body)["code"] == "REQUEST_TIMEOUT"
    assert asyncio.get_running_loop().time() == pytest.approx(30, abs=0.01)


@virtual_time
async def test_the_deadline_is_a_total_and_not_per_chunk() -> None:
    wire = await exchange(echo, Wire(*[(1.0, b"x")] * 60))
    assert wire.status == 408
    assert asyncio.get_running_loop().time() < 31


@virtual_time
async def test_a_large_body_earns_time_with_what_arrives() -> None:
    chunk = b"x" * 64 * 1024
    wire = await exchange(echo, Wire(*[(2.0, chunk)] * 40))
    assert (wire.status, len(wire.body)) == (200, 40 * len(chunk))


@virtual_time
async def test_time_that_the_app_takes_is_not_the_clients() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.sleep(60)
        await receive()
        await PlainTextResponse("done")(scope, receive, send)

    assert (await exchange(slow, Wire((1, b"a"), (1, b"b")))).status == 200


@virtual_time
async def test_after_the_body_an_app_may_wait_for_the_client_to_leave_as_long_as_it_likes() -> None:
    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        message = await receive()
        await PlainTextResponse(message["type"])(scope, receive, send)

    assert (await exchange(watch, Wire((0, b"a")))).body == b"http.disconnect"


@virtual_time
async def test_an_answer_that_has_begun_is_not_replaced() -> None:
    async def eager(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        message = await receive()
        await send({"type": "http.response.body", "body": message["type"].encode()})

    wire = await exchange(eager, Wire())
    assert (wire.status, wire.body) == (200, b"http.disconnect")


async def test_a_client_that_leaves_is_not_reported_as_slow() -> None:
    class Gone(Wire):
        async def receive(self) -> Message:
            return {"type": "http.disconnect"}

    wire = Gone()
    with pytest.raises(ClientDisconnect):
        await exchange(echo, wire)
    assert wire.sent == []
