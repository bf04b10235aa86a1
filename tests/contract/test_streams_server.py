"""What only a server and a connection show: framing, flow control, clients that hang up, handshakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from support.asgi import settle
from support.uvicorn_server import serving
from twofold import App, CallNext, NotFound, Request, Response, ServerSentEvent, Settings, WebSocket, same_origin
from twofold.handlers.streams import StreamReply

CHUNK_BYTES = 64 * 1024
servers = pytest.mark.parametrize("http", ["h11", "httptools"])


class Stage:
    """What the handlers of one test did."""

    def __init__(self) -> None:
        self.made = 0
        self.stopped = asyncio.Event()


def app_of(stage: Stage) -> App:
    app = App(settings=Settings(mode="test"))

    @app.get("/typed")
    async def typed() -> dict[str, int]:
        return {"a": 1}

    @app.post("/nothing")
    async def nothing() -> None:
        return

    @app.get("/endless")
    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                stage.made += 1
                yield b"x" * CHUNK_BYTES
        finally:
            stage.stopped.set()

    @app.get("/waiting")
    async def waiting() -> AsyncIterator[str]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            stage.stopped.set()

    @app.get("/failing")
    async def failing() -> AsyncIterator[str]:
        yield "first"
        raise ValueError("canary")

    @app.get("/not-found")
    async def not_found() -> AsyncIterator[str]:
        yield "first"
        raise NotFound("canary")

    @app.get("/quiet")
    async def quiet() -> Response:
        async def events() -> AsyncIterator[ServerSentEvent]:
            await asyncio.Event().wait()
            yield ServerSentEvent()

        return StreamReply(events(), ServerSentEvent.encode, b"text/event-stream", keep_alive_seconds=0.001)

    return app


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=CHUNK_BYTES)
    try:
        yield reader, writer
    finally:
        writer.close()


def request(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: shop.example", *headers, "", ""]).encode()


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    return int(first.split()[1]), {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@servers
async def test_answers_without_content_leave_the_connection_in_step(http: str) -> None:
    async with serving(app_of(Stage()), http=http) as port, connected(port) as (reader, writer):
        for method, path, status in [
            ("HEAD", "/typed", 200), ("POST", "/nothing", 204), ("OPTIONS", "/typed", 204), ("HEAD", "/endless", 200),
            ("HEAD", "/absent", 404),
        ]:  # fmt: skip
            writer.write(request(method, path, "Content-Length: 0"))
            assert (await head_of(reader))[0] == status
        writer.write(request("GET", "/typed"))
        status, headers = await head_of(reader)
        assert (status, await reader.readexactly(int(headers["content-length"]))) == (200, b'{"a":1}')


@servers
async def test_slow_client_bounds_what_is_made(http: str) -> None:
    stage = Stage()
    async with serving(app_of(stage), http=http) as port, connected(port) as (reader, writer):
        writer.write(request("GET", "/endless"))
        await head_of(reader)
        counts = [0]
        while counts[-1] != stage.made:
            counts.append(stage.made)
            await settle()
        assert counts[-1] * CHUNK_BYTES < 64 * 1024 * 1024
        await reader.readexactly(16 * CHUNK_BYTES)


@servers
@pytest.mark.parametrize("path", ["/waiting", "/endless"])
async def test_client_that_hangs_up_stops_the_stream(http: str, path: str) -> None:
    stage = Stage()
    async with serving(app_of(stage), http=http) as port:
        async with connected(port) as (reader, writer):
            writer.write(request("GET", path))
            await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(5):
            await stage.stopped.wait()


@servers
@pytest.mark.parametrize("path", ["/failing", "/not-found"])
async def test_failing_stream_cuts_the_connection_and_is_logged(http: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(app_of(Stage()), http=http) as port, connected(port) as (reader, writer):
        writer.write(request("GET", path))
        status, _ = await head_of(reader)
        body = await reader.read()
    assert status == 200
    assert body == b"5\r\nfirst\r\n"
    assert "canary" in caplog.text


async def test_silent_events_are_kept_alive() -> None:
    async with serving(app_of(Stage())) as port, connected(port) as (reader, writer):
        writer.write(request("GET", "/quiet"))
        status, headers = await head_of(reader)
        assert (status, headers["content-type"]) == (200, "text/event-stream")
        for _ in range(3):
            assert await reader.readuntil(b"\n\n\r\n") == b"e\r\n: keep-alive\n\n\r\n"


# Handshakes


async def guard(request: Request, call_next: CallNext) -> Response:
    if "blocked" in request.query_params:
        return PlainTextResponse("not you", 401)
    return await call_next(request)


sockets = App(settings=Settings(mode="test"), middleware=[guard])


@sockets.websocket("/echo/{name}")
@same_origin
async def echo(socket: WebSocket, name: str, times: int = 1) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{name} {text * times}")


@sockets.websocket("/failing")
async def failing_socket(socket: WebSocket, early: bool = False) -> None:
    if not early:
        await socket.accept()
    raise ValueError("canary")


@sockets.get("/http")
async def http_only() -> str:
    return "x"


def url(port: int, path: str) -> str:
    return f"ws://127.0.0.1:{port}{path}"


async def test_conversation_goes_both_ways() -> None:
    async with serving(sockets) as port, connect(url(port, "/echo/A?times=2"), origin=f"http://127.0.0.1:{port}") as socket:
        await socket.send("hi")
        assert await socket.recv() == "A hihi"


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("/echo/A", {"origin": "https://evil.example"}, 403),
    ("/echo/A", {"origin": "null"}, 403),
    ("/echo/A", {"additional_headers": {"sec-fetch-site": "cross-site"}}, 403),
    ("/echo/A", {"additional_headers": {"cookie": "a=1"}}, 403),
    ("/echo/A?times=x", {}, 422),
    ("/failing?early=1", {}, 500),
    ("/failing/x", {}, 404),
    ("/echo/A?blocked=1", {}, 401),
    ("/absent", {}, 404),
    ("/http", {}, 404),
    ("/%zz", {}, 404),
]


async def test_handshake_is_refused() -> None:
    async with serving(sockets) as port:
        for path, options, status in REFUSED:
            with pytest.raises(InvalidStatus) as caught:
                await connect(url(port, path), **options)
            assert (path, options, caught.value.response.status_code) == (path, options, status)
            assert b"canary" not in (caught.value.response.body or b"")


async def test_failing_conversation_is_closed_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(sockets) as port, connect(url(port, "/failing")) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1011, "")
    assert "canary" in caplog.text
