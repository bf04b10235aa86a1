"""One suite for every store that counts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.valkey import Valkey
from twofold.limits import Allowance, MemoryStore, Rate, Standing, Store
from twofold.limits.redis import RedisStore
from twofold.redis import Redis

THREE_A_MINUTE = Rate(3, 60)


class Stage:
    """A store, and a clock that goes when it is told to, even back."""

    def __init__(self, server: Valkey | None) -> None:
        self.now = 1000.0
        self.server = server
        self.redis = None if server is None else Redis(server.url, deadline_seconds=10)
        self.store: Store = MemoryStore(clock=lambda: self.now) if self.redis is None else RedisStore(self.redis)

    def tick(self, seconds: float) -> None:
        if self.server is None:
            self.now += seconds
            return
        with self.server.client() as client:
            for key in client.scan_iter():
                scores: Any = client.zrange(key, 0, -1, withscores=True)
                client.zadd(key, {member: score - seconds * 1e6 for member, score in scores})

    async def hit(self, *keys: str, rate: Rate = THREE_A_MINUTE) -> list[bool]:
        return [one.is_allowed for one in await self.store.hit([Allowance(key, rate) for key in keys])]


@pytest.fixture(params=["memory", "redis"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    found = Stage(request.getfixturevalue("valkey") if request.param == "redis" else None)
    yield found
    if found.redis is not None:
        await found.redis.close()


async def test_as_many_pass_as_the_rate_says(stage: Stage) -> None:
    assert [await stage.hit("a") for _ in range(5)] == [[True]] * 3 + [[False]] * 2


async def test_callers_do_not_count_for_each_other(stage: Stage) -> None:
    for _ in range(3):
        await stage.hit("a")
    assert await stage.hit("b") == [True]


async def test_a_window_slides(stage: Stage) -> None:
    for seconds in (0, 20, 20):
        stage.tick(seconds)
        assert await stage.hit("a") == [True]
    assert await stage.hit("a") == [False]
    stage.tick(21)
    assert await stage.hit("a") == [True]
    assert await stage.hit("a") == [False]
    stage.tick(20)
    assert await stage.hit("a") == [True]


async def test_what_is_refused_does_not_extend_the_wait(stage: Stage) -> None:
    for _ in range(3):
        await stage.hit("a")
    for _ in range(10):
        stage.tick(5)
        assert await stage.hit("a") == [False]
    stage.tick(11)
    assert await stage.hit("a") == [True]


async def test_several_limits_agree_or_nothing_counts(stage: Stage) -> None:
    for _ in range(3):
        await stage.hit("narrow")
    assert await stage.hit("narrow", "wide") == [False, True]
    assert [await stage.hit("wide") for _ in range(3)] == [[True]] * 3


async def test_two_allowances_of_one_key_are_one(stage: Stage) -> None:
    assert [await stage.hit("a", "a") for _ in range(4)] == [[True, True]] * 3 + [[False, False]]


async def test_what_one_limit_refuses_leaves_the_others_whole(stage: Stage) -> None:
    await stage.hit("narrow", rate=Rate(1, 60))
    found = await stage.store.hit([Allowance("narrow", Rate(1, 60)), Allowance("wide", Rate(5, 60))])
    assert [(one.is_allowed, one.left) for one in found] == [(False, 0), (True, 5)]
    assert found[1].reset_seconds == 0


async def test_of_more_than_the_rate_so_many_have_to_go(stage: Stage) -> None:
    for _ in range(3):
        await stage.hit("a")
        stage.tick(10)
    (found,) = await stage.store.hit([Allowance("a", Rate(2, 60))])
    assert not found.is_allowed
    assert 35 < found.reset_seconds <= 40


async def test_a_clock_that_was_set_back_keeps_nobody_longer_than_a_window(stage: Stage) -> None:
    for _ in range(3):
        await stage.hit("a")
    stage.tick(-3600)
    (found,) = await stage.store.hit([Allowance("a", THREE_A_MINUTE)])
    assert not found.is_allowed
    assert found.reset_seconds <= 60
    stage.tick(61)
    assert await stage.hit("a") == [True]


async def test_how_the_caller_stands_is_told(stage: Stage) -> None:
    found = [(await stage.store.hit([Allowance("a", Rate(2, 60))]))[0] for _ in range(3)]
    assert [(one.is_allowed, one.left) for one in found] == [(True, 1), (True, 0), (False, 0)]
    assert all(55 < one.reset_seconds <= 60 for one in found)


async def test_of_many_at_once_exactly_as_many_pass(stage: Stage) -> None:
    rate = Rate(50, 60)
    found = await asyncio.gather(*(stage.hit("a", rate=rate) for _ in range(300)))
    assert found.count([True]) == 50


PROGRAM = """
import asyncio, sys
from twofold.limits import Allowance, Rate
from twofold.limits.redis import RedisStore
from twofold.redis import Redis

async def main():
    store = RedisStore(Redis(sys.argv[1], deadline_seconds=30))
    print("ready", flush=True)
    sys.stdin.readline()
    found = await asyncio.gather(*(store.hit([Allowance("shared", Rate(50, 60))]) for _ in range(100)))
    print(sum(one.is_allowed for (one,) in found), flush=True)

asyncio.run(main())
"""


def test_across_processes_exactly_as_many_pass(valkey: Valkey) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, valkey.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for one in programs:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    passed = sum(int(one.communicate("go\n", timeout=60)[0]) for one in programs)
    assert passed == 50


class Losing:
    """A proxy before a server that breaks the connection when the answer to a script begins.

    Attributes:
        losses: how many answers are still to be lost.
    """

    def __init__(self, port: int) -> None:
        self.losses = 0
        self.conversations: list[asyncio.Task[None] | None] = []
        self._port = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations.append(asyncio.current_task())
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port)
        while request := await reader.read(65_536):
            server_writer.write(request)
            answer = await server_reader.read(65_536)
            # A script that the server does not know yet has not run.
            if b"EVALSHA" in request and not answer.startswith(b"-") and self.losses:
                self.losses -= 1
                break
            writer.write(answer)
        for one in (writer, server_writer):
            one.close()
            await one.wait_closed()


async def test_a_request_whose_answer_was_lost_counts_once(valkey: Valkey) -> None:
    proxy = Losing(valkey.port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as listening:
        redis = Redis(f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}/0", deadline_seconds=10)
        store = RedisStore(redis)
        found: list[Standing] = []
        for losses in (0, 1, 1, 0):
            proxy.losses = losses
            found += await store.hit([Allowance("a", THREE_A_MINUTE)])
            assert proxy.losses == 0
        await redis.close()
        await asyncio.gather(*filter(None, proxy.conversations))
    assert [(one.is_allowed, one.left) for one in found] == [(True, 2), (True, 1), (True, 0), (False, 0)]


async def test_the_server_forgets_after_the_window_and_learns_no_address(valkey: Valkey) -> None:
    redis = Redis(valkey.url, deadline_seconds=10)
    await RedisStore(redis).hit([Allowance("GET /stock 203.0.113.7", Rate(3, 60))])
    with valkey.client() as client:
        (key,) = client.scan_iter()
        assert b"203.0.113.7" not in key
        assert 0 < client.pttl(key) <= 60_000
    await redis.close()


async def test_the_memory_of_callers_is_bounded() -> None:
    store = MemoryStore(max_keys=10)
    for number in range(100):
        await store.hit([Allowance(str(number), Rate(1, 60))])
    assert len(store) == 10
    kept = [await store.hit([Allowance(str(number), Rate(1, 60))]) for number in (99, 90)]
    assert [one.is_allowed for (one,) in kept] == [False, False]


async def test_the_memory_forgets_who_does_not_count_any_longer() -> None:
    now = 0.0
    store = MemoryStore(clock=lambda: now)
    for number in range(100):
        await store.hit([Allowance(f"early {number}", Rate(1, 60))])
    now = 60.0
    for number in range(60):
        await store.hit([Allowance(f"late {number}", Rate(1, 60))])
    assert len(store) == 60


async def test_a_request_that_is_refused_is_not_remembered() -> None:
    store = MemoryStore()
    for number in range(5):
        await store.hit([Allowance("used up", Rate(1, 60)), Allowance(str(number), Rate(1, 60))])
    assert len(store) == 2


def test_threads_share_the_memory() -> None:
    store = MemoryStore()

    def passed(_: int) -> bool:
        return asyncio.run(store.hit([Allowance("a", Rate(50, 60))]))[0].is_allowed

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(passed, range(200))) == 50
