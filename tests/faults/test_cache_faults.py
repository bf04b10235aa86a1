"""The cache's promise while its server breaks: no read, in any process, is older than a confirmed revalidation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from support.floor import COMPUTATIONS, FLOOR, WRITES, Board, Result, crowd
from support.valkey import Valkey, running_valkey
from twofold.cache import Entry, Verdict, judge, scripts
from twofold.cache import redis as redis_store
from twofold.cache.redis import RedisStore
from twofold.errors import StoreUnavailable
from twofold.redis import Redis, Script

KEY = b"k" * 32


def holds(results: list[Result], board: Board) -> None:
    assert min(one.reads for one in results) > 20, results
    assert board[WRITES] > 20
    assert board[FLOOR] > 0
    assert [one.stale for one in results] == [0] * len(results), results


def repeatedly(what: Callable[[], object], *, every: float, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        what()
        time.sleep(every)


@pytest.mark.fault("F00", "nothing breaks: three processes read, one writes")
def test_nothing_breaks(valkey: Valkey, tmp_path: Path, seconds: float) -> None:
    with crowd(valkey.url, tmp_path / "board", seconds) as results:
        found = results()
    holds(found, board := Board(tmp_path / "board"))
    # One computation for each version, and a few that a slow reader did for itself.
    assert board[COMPUTATIONS] < 3 * board[WRITES]


@pytest.mark.fault("F10", "FLUSHALL under load, every 50 ms")
def test_flushed(valkey: Valkey, tmp_path: Path, seconds: float) -> None:
    with crowd(valkey.url, tmp_path / "board", seconds) as results, valkey.client() as client:
        repeatedly(client.flushall, every=0.05, seconds=seconds)
        found = results()
    holds(found, Board(tmp_path / "board"))


@pytest.mark.fault("F11", "the keys of versions are evicted, every 20 ms")
def test_evicted(valkey: Valkey, tmp_path: Path, seconds: float) -> None:
    with crowd(valkey.url, tmp_path / "board", seconds) as results, valkey.client() as client:

        def evict() -> None:
            for key in client.scan_iter("*:tag:*"):
                client.delete(key)
            for key in client.scan_iter("*:guards"):
                client.delete(key)

        repeatedly(evict, every=0.02, seconds=seconds)
        found = results()
    holds(found, Board(tmp_path / "board"))


@pytest.mark.fault("F12", "kill -9 of the server, which comes back with an old snapshot, twice")
def test_killed_and_rolled_back(tmp_path: Path, seconds: float) -> None:
    with running_valkey() as valkey, crowd(valkey.url, tmp_path / "board", seconds + 1) as results:
        for _ in range(2):
            time.sleep(seconds / 4)
            with valkey.client() as client:
                client.save()
            time.sleep(seconds / 4)
            valkey.kill()
            valkey.start()
        found = results()
    holds(found, Board(tmp_path / "board"))


@pytest.mark.fault("F07", "the server accepts and does not answer, twice for a third of the time")
def test_paused(tmp_path: Path, seconds: float) -> None:
    with running_valkey() as valkey, crowd(valkey.url, tmp_path / "board", seconds + 1) as results:
        for _ in range(2):
            time.sleep(seconds / 6)
            valkey.pause()
            time.sleep(seconds / 3)
            valkey.resume()
        found = results()
    holds(found, Board(tmp_path / "board"))


@pytest.mark.fault("F19", "copies in the processes may lag 0.4 s; their server is flushed, cut off and paused meanwhile")
def test_copies(tmp_path: Path, seconds: float) -> None:
    with (
        running_valkey() as valkey,
        crowd(valkey.url, tmp_path / "board", seconds * 2, max_staleness=0.4) as results,
        valkey.client() as client,
    ):
        time.sleep(seconds / 2)
        client.flushall()
        time.sleep(seconds / 4)
        client.client_kill_filter(_type="normal", skipme=True)
        time.sleep(seconds / 4)
        valkey.pause()
        time.sleep(seconds / 2)
        valkey.resume()
        found = results()
    holds(found, Board(tmp_path / "board"))


@pytest.mark.fault("F17", "all connections are cut, every 20 ms")
def test_cut(valkey: Valkey, tmp_path: Path, seconds: float) -> None:
    with crowd(valkey.url, tmp_path / "board", seconds) as results, valkey.client() as client:
        repeatedly(lambda: client.client_kill_filter(_type="normal", skipme=True), every=0.02, seconds=seconds)
        found = results()
    holds(found, Board(tmp_path / "board"))


async def rolled_back() -> Verdict:
    """Let the server forget a confirmed revalidation, by an old snapshot, and tell what a read then makes of the old entry."""
    with running_valkey() as valkey:
        redis = Redis(valkey.url, deadline_seconds=10)
        store = RedisStore(redis)
        versions = await store.mint(("stock",), ())
        entry = Entry(b"old", versions.epoch, ("stock",), versions.tokens)
        await store.write(KEY, entry, fresh_seconds=None, stale_seconds=0)
        with valkey.client() as client:
            client.save()
        await store.invalidate(["stock"], [])
        valkey.kill()
        valkey.start()
        verdict = judge(await store.read(KEY, ("stock",), None), None)
        await redis.close()
        return verdict


@pytest.mark.fault("F12", "a confirmed revalidation is lost with the snapshot: the old entry is out of reach")
async def test_a_lost_revalidation_brings_nothing_back() -> None:
    assert await rolled_back() is Verdict.ABSENT


async def test_the_name_of_the_servers_life_is_what_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("READ", "MINT", "WRITE", "INVALIDATE"):
        monkeypatch.setattr(redis_store, name, Script(getattr(scripts, name).source))
    assert await rolled_back() is Verdict.FRESH


@pytest.mark.fault("F13", "a replica that lags is promoted: the entry that it has is out of reach, and a replica is not asked")
async def test_a_failover_loses_what_it_must() -> None:
    with running_valkey() as primary, running_valkey() as replica:
        await asyncio.to_thread(follow, replica, primary)
        redis = Redis(primary.url, deadline_seconds=10)
        store = RedisStore(redis)
        versions = await store.mint(("stock",), ())
        await store.write(KEY, Entry(b"old", versions.epoch, ("stock",), versions.tokens), fresh_seconds=None, stale_seconds=0)
        await asyncio.to_thread(synced, replica)
        behind = Redis(replica.url, deadline_seconds=10)
        with pytest.raises(StoreUnavailable, match="read only replica"):
            await RedisStore(behind).read(KEY, ("stock",), None)
        replica.pause()
        await store.invalidate(["stock"], [])
        primary.kill()
        replica.resume()
        with replica.client() as client:
            client.replicaof("NO", "ONE")
        assert judge(await RedisStore(behind).read(KEY, ("stock",), None), None) is Verdict.ABSENT
        await redis.close()
        await behind.close()


def follow(replica: Valkey, primary: Valkey) -> None:
    with replica.client() as client:
        client.replicaof("127.0.0.1", str(primary.port))
        while client.info("replication")["master_link_status"] != "up":
            time.sleep(0.02)


def synced(replica: Valkey) -> None:
    with replica.client() as client:
        while not list(client.scan_iter("*:entry:*")):
            time.sleep(0.02)


@pytest.mark.fault("F09", "the server's answers come one byte at a time: an exchange costs one deadline, not one for each byte")
async def test_trickling(valkey: Valkey) -> None:
    async with trickling(valkey.port, pause_seconds=0.02) as port:
        redis = Redis(f"redis://127.0.0.1:{port}/0", deadline_seconds=0.3)
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="no answer in time"):
            await RedisStore(redis).read(KEY, ("stock",), None)
        assert time.monotonic() - started < 3
        await redis.close()


@asynccontextmanager
async def trickling(port: int, pause_seconds: float) -> AsyncIterator[int]:
    """Stand before a server, and hand its answers on byte by byte."""
    writers: list[asyncio.StreamWriter] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int, pause: float) -> None:
        with suppress(OSError):
            while chunk := await reader.read(size):
                writer.write(chunk)
                await writer.drain()
                await asyncio.sleep(pause)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, down = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, down))
        asking = asyncio.create_task(pipe(reader, down, 65_536, 0))
        await pipe(upstream, writer, 1, pause_seconds)
        asking.cancel()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.05)


@pytest.mark.fault("F15", "the server is full and evicts nothing: a lost entry is a miss, a lost revalidation is reported")
async def test_full() -> None:
    with running_valkey(**{"maxmemory-policy": "noeviction"}) as valkey:
        redis = Redis(valkey.url, deadline_seconds=10)
        store = RedisStore(redis)
        await store.mint(("stock",), ())
        with valkey.client() as client:
            client.config_set("maxmemory", "100kb")
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.invalidate(["stock"], [])
        assert (await store.read(KEY, ("stock",), None)).entry is None
        await redis.close()


@pytest.mark.fault("F14", "the invalidation is done and its answer lost: it is done again")
async def test_a_lost_answer_is_asked_for_again(valkey: Valkey) -> None:
    redis = Redis(valkey.url, deadline_seconds=10)
    store = RedisStore(redis)
    before = await store.mint(("stock",), ())
    with valkey.client() as client:
        for _ in range(20):
            done = asyncio.create_task(store.invalidate(["stock"], []))
            await asyncio.sleep(0)
            await asyncio.to_thread(client.client_kill_filter, _type="normal", skipme=True)
            await done
            after = await store.mint(("stock",), ())
            assert after.tokens != before.tokens
            before = after
    await redis.close()


@pytest.mark.fault("F18", "two thousand reads leave no connection behind")
async def test_connections(valkey: Valkey) -> None:
    redis = Redis(valkey.url, deadline_seconds=10)
    store = RedisStore(redis)
    counts = []
    for _ in range(4):
        await asyncio.gather(*(store.read(KEY, ("stock",), None) for _ in range(500)))
        with valkey.client() as client:
            counts.append(len(client.client_list()))
    assert counts[1] == counts[3] <= 34
    await redis.close()
