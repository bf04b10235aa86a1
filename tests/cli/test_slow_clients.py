"""Clients that do not get on, on real sockets: each is left, and the others are served."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from cli.programs import SECRET, environment, eventually, get
from twofold import App, Request, Settings
from twofold.cli.protocol import WireProtocol
from twofold.cli.server import Server, configured
from twofold.wire_guard import Limits, WireGuard

HEAD = b"GET / HTTP/1.1\r\nHost: shop.example\r\n"
POST = b"POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1000\r\n\r\n"
PATIENCE_SECONDS = 10
"""For the server to lose its own patience, which here ends after a fraction of a second."""


class Impatient(WireProtocol):
    head_seconds = 0.4
    linger_seconds = 0.4
    stall_seconds = 0.4


LIMITS = Limits(body_seconds=0.4, body_bytes_per_second=1000)


def shop() -> App:
    app = App(settings=Settings(mode="test"))

    @app.get("/")
    async def page() -> str:
        return "ok"

    @app.post("/")
    async def post(body: bytes) -> int:
        return len(body)

    @app.get("/large")
    async def large(request: Request) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    return app


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = configured(
        WireGuard(app, LIMITS), lifespan="on", timeout_keep_alive=1, timeout_graceful_shutdown=1, access_log=False
    )
    config.http = Impatient
    server = Server(config)
    running = asyncio.ensure_future(server._serve([listener]))
    try:
        yield listener.getsockname()
    finally:
        server.stop()
        await running


async def end_of(address: tuple[str, int], *, first: bytes, then: bytes = b"") -> bytes:
    """Say something, go on dribbling, and give everything that came before the server left."""
    reader, writer = await asyncio.open_connection(*address)

    async def dribble() -> None:
        with suppress(OSError):
            while then:
                await asyncio.sleep(0.1)
                writer.write(then)
                await writer.drain()

    writer.write(first)
    dribbling = asyncio.ensure_future(dribble())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _read(reader)
    finally:
        dribbling.cancel()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    said = b""
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            said += piece
    return said


SILENT = [
    ("says nothing", b"", b"", b""),
    ("stops in its first line", b"GET / HT", b"", b""),
    ("stops in its headers", HEAD, b"", b""),
    ("dribbles its headers", HEAD + b"X: ", b"y", b""),
    ("sends empty lines instead of a request", b"\r\n", b"\r\n", b""),
    ("asks nothing more", HEAD + b"\r\n", b"", b"200 OK"),
    ("sends empty lines after a request", HEAD + b"\r\n", b"\r\n", b"200 OK"),
    ("stops in its body", POST + b"x", b"", b"408 Request Timeout"),
    ("dribbles its body", POST, b"x", b"408 Request Timeout"),
]


@pytest.mark.parametrize(("first", "then", "answer"), [pytest.param(*row[1:], id=row[0]) for row in SILENT])
async def test_a_client_is_left_that(first: bytes, then: bytes, answer: bytes) -> None:
    async with serving(shop()) as address:
        said = await end_of(address, first=first, then=then)
    assert answer in said
    assert answer or not said


async def test_a_body_that_arrives_fast_enough_may_take_longer() -> None:
    async with serving(shop()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(POST)
        for _ in range(10):
            await asyncio.sleep(0.08)
            writer.write(b"x" * 100)
        assert b"200 OK" in await reader.readline()
        writer.close()


async def test_a_client_that_asks_for_much_and_reads_nothing_is_left() -> None:
    ended = asyncio.Event()
    inner = shop()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)
        if scope["type"] == "http":
            ended.set()

    async with serving(app) as address:
        client = socket.create_connection(address)
        client.sendall(b"GET /large HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
        client.close()


PROGRAM = """
import resource
from twofold import App
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
app = App()


@app.get("/")
async def page() -> str:
    return "ok"
"""


def serve_command() -> list[str]:
    return [sys.executable, "-m", "twofold.cli", "serve", "main:app", "--port", "0"]


def url_in(log: Path) -> str:
    line = eventually(lambda: [one for one in log.read_text().splitlines() if "serving main:app on " in one], "serving")[0]
    return line.rpartition(" on ")[2]


SAFE = {"TWOFOLD_SECRET": SECRET, "TWOFOLD_ALLOWED_HOSTS": "127.0.0.1"}


def test_more_connections_than_files_may_be_open_do_not_end_the_service(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM, encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft > 400 or hard > 400
    log = tmp_path / "log"
    with log.open("wb") as out, subprocess.Popen(serve_command(), cwd=tmp_path, env=environment(**SAFE), stderr=out) as program:
        try:
            url = url_in(log)
            address = "127.0.0.1", httpx2.URL(url).port
            crowd = [socket.socket() for _ in range(200)]
            for one in crowd:
                one.setblocking(False)
                one.connect_ex(address)
            for one in crowd:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()
            assert eventually(lambda: _answer(url), "recovery") == 200
            assert program.poll() is None
        finally:
            program.terminate()


def _answer(url: str) -> int:
    try:
        return get(url).status_code
    except httpx2.TransportError:
        return 0


def test_a_log_that_nobody_reads_any_more_does_not_end_the_service(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM, encoding="utf-8")
    with subprocess.Popen(serve_command(), cwd=tmp_path, env=environment(**SAFE), stderr=subprocess.PIPE, text=True) as program:
        try:
            said = iter(program.stderr or ())
            url = next(one for one in said if "serving main:app on" in one).strip().rpartition(" on ")[2]
            if program.stderr is not None:
                program.stderr.close()
            assert [eventually(lambda: _answer(url), "service") for _ in range(5)] == [200] * 5
        finally:
            program.terminate()
        assert program.wait(20) == 0
