"""Streams: as fast as the client reads, stopped when it leaves, cut when they fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from support.asgi import Conversation, exchange, reading, scope_of, settle
from support.virtual_time import virtual_time
from twofold import (
    App,
    CallNext,
    ConfigurationError,
    Depends,
    Forbidden,
    Request,
    Response,
    ServerSentEvent,
    Settings,
    Status,
    after,
    cached,
    cookies,
    revalidate_tag,
    use,
)
from twofold.handlers.streams import KEEP_ALIVE, KEEP_ALIVE_SECONDS

app = App(settings=Settings(mode="test"))
trace: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    trace.clear()


class Tick(BaseModel):
    n: int


# What is sent


@app.get("/bytes")
async def raw() -> AsyncIterator[bytes]:
    yield b"\x00"
    yield b""
    yield b"\xff"


@app.get("/text")
async def text() -> AsyncGenerator[str, None]:
    yield "é"
    yield "\N{SNOWMAN}"


@app.get("/models")
async def models() -> AsyncIterable[Tick]:
    for n in range(3):
        yield Tick(n=n)


@app.get("/events")
async def events() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data="a", id="1")
    yield ServerSentEvent(data="b\nc", event="named")


@app.get("/empty")
async def empty() -> AsyncIterator[str]:
    for one in ():
        yield one


@app.post("/created")
async def created() -> Annotated[AsyncIterator[str], Status(202)]:
    yield "a"


async def numbers() -> AsyncIterator[Tick]:
    yield Tick(n=1)


@app.get("/returned")
async def returned() -> AsyncIterator[Tick]:
    return numbers()


@app.get("/returned-at-once")
def returned_at_once() -> AsyncIterator[Tick]:
    return numbers()


SENT = [
    ("GET", "/bytes", 200, "application/octet-stream", b"\x00\xff"),
    ("GET", "/text", 200, "text/plain; charset=utf-8", "é\N{SNOWMAN}".encode()),
    ("GET", "/models", 200, "application/x-ndjson", b'{"n":0}\n{"n":1}\n{"n":2}\n'),
    ("GET", "/events", 200, "text/event-stream; charset=utf-8", b"data: a\nid: 1\n\nevent: named\ndata: b\ndata: c\n\n"),
    ("GET", "/empty", 200, "text/plain; charset=utf-8", b""),
    ("POST", "/created", 202, "text/plain; charset=utf-8", b"a"),
    ("GET", "/returned", 200, "application/x-ndjson", b'{"n":1}\n'),
    ("GET", "/returned-at-once", 200, "application/x-ndjson", b'{"n":1}\n'),
]


@pytest.mark.parametrize(("method", "target", "status", "media", "body"), SENT)
async def test_stream_is_written_by_its_annotation(method: str, target: str, status: int, media: str, body: bytes) -> None:
    answer = await exchange(app, method, target)
    assert (answer.status, answer.headers["content-type"], answer.body) == (status, media, body)
    assert "content-length" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_item_leaves_on_its_own() -> None:
    async with reading(app, "/models") as conversation:
        assert (await conversation.take())["type"] == "http.response.start"
        assert [json.loads((await conversation.take())["body"]) for _ in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert await conversation.take() == {"type": "http.response.body", "body": b"", "more_body": False}
        await conversation.end()


async def test_events_are_not_held_back_by_proxies() -> None:
    headers = (await exchange(app, "GET", "/events")).headers
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"


EVENTS: list[tuple[dict[str, Any], str]] = [
    ({}, "data: \n\n"),
    ({"data": "a"}, "data: a\n\n"),
    ({"data": "a\nb\r\nc\rd"}, "data: a\ndata: b\ndata: c\ndata: d\n\n"),
    ({"data": "a\n\nevent: evil\ndata: x"}, "data: a\ndata: \ndata: event: evil\ndata: data: x\n\n"),
    ({"data": ": comment"}, "data: : comment\n\n"),
    ({"data": "\u2028\x85"}, "data: \u2028\x85\n\n"),
    ({"data": "a", "event": "e", "id": "7", "retry_milliseconds": 500}, "event: e\ndata: a\nid: 7\nretry: 500\n\n"),
    ({"data": "a", "id": ""}, "data: a\nid: \n\n"),
]


@pytest.mark.parametrize(("values", "written"), EVENTS)
def test_event_is_written_as_one_event(values: dict[str, Any], written: str) -> None:
    assert ServerSentEvent(**values).encode() == written.encode()


@pytest.mark.parametrize("name", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "\n", "a\0b"])
def test_event_that_would_be_two_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="would split the event"):
        ServerSentEvent(**{name: value})


# What happens around it


async def session() -> AsyncIterator[str]:
    trace.append("open")
    try:
        yield "session"
    finally:
        trace.append("close")


Db = Annotated[str, Depends(session)]


@app.get("/endless")
async def endless(db: Db) -> AsyncIterator[bytes]:
    n = 0
    try:
        while True:
            trace.append(f"made {n}")
            yield b"%d" % n
            n += 1
    finally:
        trace.append("stopped")


@app.get("/waiting")
async def waits(db: Db) -> AsyncIterator[str]:
    after(trace.append, "after")
    try:
        yield "first"
        await asyncio.Event().wait()
    finally:
        trace.append("stopped")


@app.get("/waiting-at-once")
async def waits_at_once(db: Db) -> AsyncIterator[str]:
    try:
        await asyncio.Event().wait()
        yield "never"
    finally:
        trace.append("stopped")


async def inner() -> AsyncIterator[str]:
    try:
        yield "first"
        await asyncio.Event().wait()
    finally:
        trace.append("stopped")


@app.get("/waiting-returned")
async def waits_returned(db: Db) -> AsyncIterator[str]:
    return inner()


async def taken(conversation: Conversation, count: int) -> list[bytes]:
    return [(await conversation.take()).get("body", b"") for _ in range(count)]


async def test_slow_reader_bounds_what_is_made() -> None:
    async with reading(app, "/endless") as conversation:
        await settle()
        assert trace == ["open"]
        for count in (1, 1, 3, 10):
            await taken(conversation, count)
            await settle()
        assert trace[-1] == "made 14"
        assert len(trace) == 16


@pytest.mark.parametrize(
    ("target", "messages"), [("/waiting", 2), ("/waiting", 1), ("/waiting-at-once", 1), ("/waiting-returned", 2), ("/endless", 3)]
)
async def test_reader_that_leaves_stops_the_stream(target: str, messages: int) -> None:
    async with reading(app, target) as conversation:
        await taken(conversation, messages)
        await settle()
        assert "stopped" not in trace
        conversation.put({"type": "http.disconnect"})
        await conversation.end()
    assert trace[-1] == "after" or trace[-2:] == ["stopped", "close"]
    assert [one for one in trace if one in ("stopped", "close")] == ["stopped", "close"]


async def test_reader_that_leaves_before_the_stream_begins_stops_it() -> None:
    async with reading(app, "/endless") as conversation:
        conversation.put({"type": "http.disconnect"})
        await conversation.end()
    assert (trace[0], trace[-1]) == ("open", "close")


async def test_server_that_stops_stops_the_stream() -> None:
    async with reading(app, "/waiting") as conversation:
        await taken(conversation, 2)
        conversation.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await conversation.end()
    assert [one for one in trace if one in ("stopped", "close")] == ["stopped", "close"]


async def test_work_put_off_is_done_after_the_stream() -> None:
    async with reading(app, "/waiting") as conversation:
        await taken(conversation, 2)
        conversation.put({"type": "http.disconnect"})
        await conversation.end()
    assert trace == ["open", "stopped", "close", "after"]


@app.get("/failing")
async def failing(db: Db) -> AsyncIterator[str]:
    try:
        yield "first"
        raise ValueError("canary")
    finally:
        trace.append("stopped")


@app.get("/misfit")
async def misfit(db: Db) -> AsyncIterator[Tick]:
    yield Tick(n=1)
    yield "canary"  # type: ignore[misc]


@pytest.mark.parametrize(("target", "error"), [("/failing", ValueError), ("/misfit", TypeError)])
async def test_stream_that_fails_is_cut(target: str, error: type[Exception]) -> None:
    async with reading(app, target) as conversation:
        messages = [await conversation.take() for _ in range(2)]
        with pytest.raises(error):
            await conversation.take()
    assert messages[-1]["more_body"] is True
    assert b"canary" not in messages[-1]["body"]
    assert trace[-1] == "close"


# Revalidation

stored = {"n": 0}


@cached(tags=["streams-stored"])
async def stored_number() -> int:
    return stored["n"]


@app.get("/stored")
async def read_stored() -> int:
    return await stored_number()


@app.post("/stored")
async def store(db: Db) -> AsyncIterator[str]:
    for _ in range(2):
        stored["n"] += 1
        revalidate_tag("streams-stored")
        yield "stored"


@app.put("/stored")
async def store_first(db: Db) -> AsyncIterator[Tick]:
    stored["n"] += 1
    revalidate_tag("streams-stored")
    return numbers()


@pytest.mark.parametrize(("method", "added"), [("POST", 2), ("PUT", 1)])
async def test_revalidation_is_true_when_the_stream_has_ended(method: str, added: int) -> None:
    before = (await exchange(app, "GET", "/stored")).json
    assert (await exchange(app, method, "/stored")).status == 200
    assert (await exchange(app, "GET", "/stored")).json == before + added


async def test_revalidation_is_true_also_when_the_reader_leaves() -> None:
    before = (await exchange(app, "GET", "/stored")).json
    async with Conversation(app, scope_of("POST", "/stored")) as conversation:
        await taken(conversation, 2)
        conversation.put({"type": "http.disconnect"})
        await conversation.end()
    assert (await exchange(app, "GET", "/stored")).json == stored["n"] > before


# Before it begins


async def refusing() -> AsyncIterator[str]:
    raise Forbidden
    yield ""


@app.get("/refused")
async def refused(db: Db, other: Annotated[str, Depends(refusing)]) -> AsyncIterator[str]:
    yield "never"


@app.get("/validated")
async def validated(n: int, db: Db) -> AsyncIterator[str]:
    yield str(n)


@app.get("/returned-failure")
async def returned_failure(db: Db) -> AsyncIterator[str]:
    raise Forbidden


@app.get("/returned-nothing")
async def returned_nothing(db: Db) -> AsyncIterator[str]:
    return None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("target", "status"), [("/refused", 403), ("/validated?n=x", 422), ("/returned-failure", 403), ("/returned-nothing", 500)]
)
async def test_stream_that_cannot_begin_is_an_ordinary_failure(target: str, status: int) -> None:
    answer = await exchange(app, "GET", target)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert trace.count("open") == trace.count("close")


async def test_head_closes_what_the_stream_would_have_used() -> None:
    assert (await exchange(app, "HEAD", "/endless")).status == 200
    assert trace == ["open", "close"]


async def answering_itself(request: Request, call_next: CallNext) -> Response:
    await call_next(request)
    return Response("instead")


async def adding(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.headers["x-added"] = "1"
    return response


@app.get("/replaced")
@use(answering_itself)
async def replaced(db: Db) -> AsyncIterator[str]:
    yield "never"


@app.get("/adorned")
@use(adding)
async def adorned(db: Db) -> AsyncIterator[str]:
    yield cookies.get("a") or "none"


async def test_stream_that_middleware_drops_is_closed() -> None:
    assert (await exchange(app, "GET", "/replaced")).body == b"instead"
    assert trace == ["open", "close"]


async def test_stream_keeps_the_request_and_takes_headers_from_middleware() -> None:
    answer = await exchange(app, "GET", "/adorned", {"cookie": "a=1"})
    assert (answer.body, answer.headers["x-added"]) == (b"1", "1")


# Keep-alive, on a clock that jumps


@app.get("/quiet-events")
async def quiet_events() -> AsyncIterator[ServerSentEvent]:
    await asyncio.sleep(100)
    yield ServerSentEvent(data="late")


@app.get("/regular-events")
async def regular_events() -> AsyncIterator[ServerSentEvent]:
    for n in range(4):
        await asyncio.sleep(KEEP_ALIVE_SECONDS * 0.9)
        yield ServerSentEvent(data=str(n))
    await asyncio.sleep(KEEP_ALIVE_SECONDS * 1.5)
    yield ServerSentEvent(data="last")


@app.get("/quiet-text")
async def quiet_text() -> AsyncIterator[str]:
    await asyncio.sleep(1000)
    yield "late"


def moments(messages: list[tuple[float, bytes]], body: bytes) -> list[float]:
    return [round(moment, 3) for moment, one in messages if one == body]


async def timed(target: str) -> list[tuple[float, bytes]]:
    loop = asyncio.get_running_loop()
    messages: list[tuple[float, bytes]] = []
    async with reading(app, target) as conversation:
        await conversation.take()
        while (message := await conversation.take())["more_body"]:
            messages.append((loop.time(), message["body"]))
        await conversation.end()
    return messages


@virtual_time
async def test_silent_events_are_kept_alive() -> None:
    messages = await timed("/quiet-events")
    assert moments(messages, KEEP_ALIVE) == [15, 30, 45, 60, 75, 90]
    assert messages[-1] == (100, b"data: late\n\n")


@virtual_time
async def test_events_are_never_silent_for_longer_than_the_interval() -> None:
    messages = await timed("/regular-events")
    assert moments(messages, KEEP_ALIVE) == [round(4 * 0.9 * KEEP_ALIVE_SECONDS + KEEP_ALIVE_SECONDS, 3)]
    assert len(messages) == 6


@virtual_time
async def test_other_streams_are_not_kept_alive() -> None:
    assert await timed("/quiet-text") == [(1000, b"late")]


@virtual_time
async def test_reader_that_does_not_read_gets_no_heap_of_comments() -> None:
    async with reading(app, "/regular-events") as conversation:
        await conversation.take()
        await asyncio.sleep(1000)
        bodies = [(await conversation.take())["body"] for _ in range(2)]
    assert bodies == [b"data: 0\n\n", b"data: 1\n\n"]


def test_comment_is_no_event() -> None:
    assert KEEP_ALIVE.startswith(b":")
    assert KEEP_ALIVE.endswith(b"\n\n")
