"""Live streams, over the wire of a real server: who may hold one, what it says, and when it ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from support.asgi import CROSS_SITE, SAME_ORIGIN, exchange, reading
from support.uvicorn_server import serving
from support.valkey import Valkey, running_valkey
from support.virtual_time import virtual_time
from support.waiting import until
from twofold import App, AuthRequired, CallNext, Request, Response, Settings, revalidate_path, revalidate_tag
from twofold.cache import Sequence
from twofold.cli.draining import Draining
from twofold.cli.protocol import WireProtocol
from twofold.live import Hub, Seats
from twofold.live.hub import MAX_CHUNK_BYTES, PAUSE_SECONDS
from twofold.live.stream import MAX_WAITING
from twofold.regions import tag_hash

LIVE = "/_twofold/live"
LISTENER = {"accept": "text/event-stream"}
servers = pytest.mark.parametrize("http", ["h11", "httptools", WireProtocol], ids=["h11", "httptools", "twofold"])


def shop(settings: Settings | None = None, seats: Seats | None = None) -> App:
    app = App(settings=settings or Settings(mode="test"))

    @app.post("/touch/{tag}")
    async def touch(tag: str) -> None:
        revalidate_tag(tag)

    @app.post("/touch-page")
    async def touch_page() -> None:
        revalidate_path("/shop")

    setup = app.start()
    if seats is not None:
        setup.live = Hub(setup.cache_store, partial(tag_hash, setup.keys), seats)
    return app


def hub(app: App) -> Hub:
    found = app.setup.live
    assert isinstance(found, Hub)
    return found


def name(app: App, tag: str) -> str:
    return tag_hash(app.setup.keys, tag)


async def place(app: App) -> Sequence:
    return await app.setup.cache_store.sequence()


class Line:
    """A connection that holds a stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}

    async def head(self) -> None:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:] if line)}

    async def chunk(self) -> str:
        """The next chunk; empty at the proper end of the body."""
        size = int(await self.reader.readline(), 16)
        return (await self.reader.readexactly(size + 2))[:-2].decode()


@asynccontextmanager
async def listening(port: int, target: str = LIVE, **headers: str) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"{key.replace('_', '-')}: {value}" for key, value in {"host": "127.0.0.1", **LISTENER, **headers}.items()]
        writer.write("\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode())
        line = Line(reader, writer)
        async with asyncio.timeout(20):
            await line.head()
            yield line
    finally:
        writer.transport.abort()


async def touch(app: App, tag: str) -> Sequence:
    answer = await exchange(app, "POST", f"/touch/{tag}", SAME_ORIGIN)
    assert answer.status == 204, answer
    return await place(app)


# What it says


@servers
async def test_a_stream_tells_a_place_and_hashed_tags_and_nothing_else(http: Any) -> None:
    app = shop()
    async with serving(app, http=http) as port, listening(port) as line:
        assert line.status == 200
        assert line.headers["content-type"] == "text/event-stream"
        assert line.headers["cache-control"] == "no-store"
        assert line.headers["x-accel-buffering"] == "no"
        assert await line.chunk() == f"id: {await place(app)}\n\n"
        where = await touch(app, "product")
        assert await line.chunk() == f'id: {where}\ndata: ["{name(app, "product")}"]\n\n'


async def test_a_revalidated_path_is_told_as_a_tag() -> None:
    app = shop()
    async with serving(app) as port, listening(port) as line:
        await line.chunk()
        await exchange(app, "POST", "/touch-page", SAME_ORIGIN)
        assert name(app, "path:/shop") in await line.chunk()


@pytest.mark.parametrize("how", ["header", "query"])
async def test_a_reader_resumes_where_it_stopped(how: str) -> None:
    app = shop()
    seen = await touch(app, "one")
    missed = await touch(app, "two")
    where = {"last_event_id": str(seen)} if how == "header" else {}
    target = LIVE if how == "header" else f"{LIVE}?last={seen}"
    async with serving(app) as port, listening(port, target, **where) as line:
        assert await line.chunk() == f'id: {missed}\ndata: ["{name(app, "two")}"]\n\n'


async def test_the_header_of_a_browser_that_reconnects_is_newer_than_its_url() -> None:
    app = shop()
    old = await touch(app, "one")
    seen = await touch(app, "two")
    async with serving(app) as port, listening(port, f"{LIVE}?last={old}", last_event_id=str(seen)) as line:
        assert await line.chunk() == f"id: {seen}\n\n"


@pytest.mark.parametrize("last", ["gone-7", "nonsense", "-1", "%00", "9" * 70])
async def test_a_reader_from_a_place_that_nobody_knows_resyncs(last: str) -> None:
    app = shop()
    where = await touch(app, "one")
    async with serving(app) as port, listening(port, f"{LIVE}?last={last}") as line:
        assert await line.chunk() == f"event: resync\nid: {where}\ndata: []\n\n"


async def test_an_app_behind_a_prefix_has_its_stream_there() -> None:
    app = shop()
    async with reading(app, f"/shop{LIVE}", LISTENER, root_path="/shop") as talk:
        assert (await talk.take())["status"] == 200


# Who may hold one


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (LISTENER, 200),
        ({**LISTENER, **SAME_ORIGIN}, 200),
        (SAME_ORIGIN, 200),
        ({**LISTENER, "sec-fetch-site": "none"}, 200),
        ({**LISTENER, "origin": "https://shop.example"}, 200),
        ({**LISTENER, **CROSS_SITE}, 403),
        ({**LISTENER, "sec-fetch-site": "same-site"}, 403),
        ({**LISTENER, "origin": "https://evil.example"}, 403),
        ({**LISTENER, "origin": "null"}, 403),
        ({"accept": "image/*"}, 403),
        ({}, 403),
    ],
)
async def test_only_pages_of_this_site_hold_a_stream(headers: dict[str, str], status: int) -> None:
    async with reading(shop(), LIVE, headers) as talk:
        assert (await talk.take())["status"] == status


async def test_other_methods_are_refused() -> None:
    answer = await exchange(shop(), "POST", LIVE, SAME_ORIGIN)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_head_answers_without_a_stream() -> None:
    answer = await exchange(shop(), "HEAD", LIVE, LISTENER)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/event-stream", b"")


async def test_an_app_that_is_not_live_has_no_stream() -> None:
    answer = await exchange(shop(Settings(mode="test", live=False)), "GET", LIVE, LISTENER)
    assert answer.status == 404


@pytest.mark.parametrize("seats", [Seats(total=2, per_address=9), Seats(total=9, per_address=2)], ids=["in total", "per address"])
async def test_over_a_cap_the_answer_is_503_and_when_to_come_back(seats: Seats) -> None:
    app = shop(seats=seats)
    async with serving(app) as port:
        async with listening(port) as one, listening(port) as two:
            assert (one.status, two.status) == (200, 200)
            async with listening(port) as late:
                assert late.status == 503
                assert 5 <= int(late.headers["retry-after"]) <= 15
        await until(lambda: seats.taken == 0)
        async with listening(port) as again:
            assert again.status == 200


async def test_addresses_are_counted_as_trusted_proxies_tell_them() -> None:
    app = shop(Settings(mode="test", trusted_proxies=("203.0.113.9",)), Seats(total=9, per_address=1))
    async with reading(app, LIVE, {**LISTENER, "x-forwarded-for": "192.0.2.1"}) as one:
        assert (await one.take())["status"] == 200
        async with reading(app, LIVE, {**LISTENER, "x-forwarded-for": "192.0.2.2"}) as two:
            assert (await two.take())["status"] == 200
        async with reading(app, LIVE, {**LISTENER, "x-forwarded-for": "192.0.2.1"}) as three:
            assert (await three.take())["status"] == 503


async def test_what_guards_the_whole_app_guards_its_stream() -> None:
    async def members_only(request: Request, call_next: CallNext) -> Response:
        raise AuthRequired

    app = App(settings=Settings(mode="test"), middleware=[members_only])
    answer = await exchange(app, "GET", LIVE, LISTENER)
    assert answer.status == 401


# When it ends


@servers
async def test_a_client_that_hangs_up_gives_its_seat_back(http: Any) -> None:
    app = shop()
    async with serving(app, http=http) as port:
        async with listening(port) as line:
            await line.chunk()
            assert hub(app).seats.taken == 1
        await until(lambda: hub(app).seats.taken == 0)


@servers
async def test_a_client_that_does_not_read_is_cut_off_and_others_are_on_time(http: Any) -> None:
    app = shop()
    app.setup.live = Hub(app.setup.cache_store, partial(tag_hash, app.setup.keys), pause_seconds=0)
    tags = [str(number) for number in range(MAX_CHUNK_BYTES // 16)]
    async with serving(app, http=http) as port, listening(port) as fast:
        await fast.chunk()
        async with never_reading(port):
            await until(lambda: hub(app).seats.taken == 2)
            while hub(app).seats.taken == 2:
                await app.setup.cache_store.invalidate(tags, ())
                # The hub makes a chunk of it, and the socket's buffers take some megabytes of them before it waits.
                assert f"id: {await place(app)}\n" in await fast.chunk()
            assert hub(app).seats.taken == 1
        where = await touch(app, "after")
        assert f"id: {where}\n" in await fast.chunk()


@asynccontextmanager
async def never_reading(port: int) -> AsyncIterator[None]:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(line, ("127.0.0.1", port))
        await loop.sock_sendall(line, f"GET {LIVE} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n".encode())
        yield


async def test_streams_end_properly_when_the_server_stops() -> None:
    app = shop()
    draining = Draining(app)
    async with serving(draining, http=WireProtocol) as port, listening(port) as line:
        await line.chunk()
        start = asyncio.get_running_loop().time()
        draining.begin()
        assert await line.chunk() == ""
        await until(lambda: hub(app).seats.taken == 0)
        assert asyncio.get_running_loop().time() - start < 2


async def test_a_server_that_cancels_its_tasks_ends_streams_too() -> None:
    app = shop()
    async with serving(app) as port, listening(port) as line:
        await line.chunk()
        assert hub(app).seats.taken == 1
    assert hub(app).seats.taken == 0


async def test_a_cancelled_request_stays_cancelled() -> None:
    app = shop()
    async with reading(app, LIVE, LISTENER) as talk:
        await talk.take()
        await talk.take()
        talk.task.cancel()
        await asyncio.wait([talk.task])
        assert talk.task.cancelled()


@virtual_time
async def test_a_server_without_a_way_to_drop_a_connection_sees_the_request_end() -> None:
    app = shop()
    async with reading(app, LIVE, LISTENER) as talk:
        await talk.take()
        await talk.take()
        for number in range(MAX_WAITING + 3):
            await touch(app, f"tag:{number}")
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.wait([talk.task])
        assert not talk.task.cancelled()
        assert hub(app).seats.taken == 0


# Several processes on one server


async def test_what_another_process_revalidates_is_told(valkey: Valkey) -> None:
    settings = Settings(mode="test", redis_url=valkey.url)
    here, there = shop(settings), shop(settings)
    async with serving(here) as port, listening(port) as line, serving(there):
        await line.chunk()
        where = await touch(there, "product")
        assert await line.chunk() == f'id: {where}\ndata: ["{name(here, "product")}"]\n\n'


async def test_a_reader_that_resumes_at_another_process_misses_nothing(valkey: Valkey) -> None:
    settings = Settings(mode="test", redis_url=valkey.url)
    here, there = shop(settings), shop(settings)
    async with serving(here), serving(there) as other_port:
        seen = await touch(here, "one")
        missed = await touch(here, "two")
        async with listening(other_port, last_event_id=str(seen)) as line:
            assert await line.chunk() == f'id: {missed}\ndata: ["{name(there, "two")}"]\n\n'


async def test_a_server_that_lost_its_log_makes_readers_ask_anew(valkey: Valkey) -> None:
    app = shop(Settings(mode="test", redis_url=valkey.url))
    async with serving(app) as port, listening(port) as line:
        await line.chunk()
        await touch(app, "one")
        assert name(app, "one") in await line.chunk()
        with valkey.client() as client:
            client.flushall()
        assert "event: resync" in await line.chunk()


async def test_a_server_that_comes_back_is_followed_again() -> None:
    with running_valkey() as server:
        app = shop(Settings(mode="test", redis_url=server.url))
        async with serving(app) as port, listening(port) as line:
            await line.chunk()
            server.kill()
            server.start()
            assert "event: resync" in await line.chunk()
            await touch(app, "after")
            assert name(app, "after") in await line.chunk()
