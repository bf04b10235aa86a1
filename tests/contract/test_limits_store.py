"""One suite for every store that counts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.valkey import Valkey, running_valkey
from twofold.limits import Allowance, MemoryStore, Rate, Store
from twofold.limits.redis import RedisStore
from twofold.redis import Redis
from twofold.testing.clock import FrozenClock

THREE_A_MINUTE = Rate(3, 60)


class Stage:
    """A store, and a clock that goes when it is told to."""

    def __init__(self, store: Store, clock: FrozenClock | Valkey) -> None:
        self.store = store
        self._clock = clock

    def tick(self, seconds: float) -> None:
        if isinstance(self._clock, FrozenClock):
            self._clock.tick(seconds)
            return
        with self._clock.client() as client:
            for key in client.scan_iter():
                for member, score in client.zrange(key, 0, -1, withscores=True):
                    client.zadd(key, {member: score - seconds * 1e6})

    async def hit(self, *keys: str, rate: Rate = THREE_A_MINUTE) -> list[bool]:
        return [one.is_allowed for one in await self.store.hit([Allowance(key, rate) for key in keys])]


@pytest.fixture(params=["memory", "redis"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    if request.param == "memory":
        clock = FrozenClock(1000)
        yield Stage(MemoryStore(clock=clock), clock)
    else:
        server = request.getfixturevalue("valkey")
        redis = Redis(server.url, deadline_seconds=10)
        yield Stage(RedisStore(redis), server)
        await redis.close()


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


async def test_how_the_caller_stands_is_told(stage: Stage) -> None:
    found = [(await stage.store.hit([Allowance("a", Rate(2, 60))]))[0] for _ in range(3)]
    assert [(one.is_allowed, one.left) for one in found] == [(True, 1), (True, 0), (False, 0)]
    assert all(55 < one.reset_seconds <= 60 for one in found)


async def test_of_many_at_once_exactly_as_many_pass(stage: Stage) -> None:
    rate = Rate(50, 60)
    found = await asyncio.gather(*(stage.hit("a", rate=rate) for _ in range(300)))
    assert found.count([True]) == 50


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["a", "b"])), max_size=40))
async def test_no_window_ever_holds_more(stage: Stage, steps: list[tuple[int, str]]) -> None:
    accepted: dict[str, list[float]] = {"a": [], "b": []}
    run, now = id(steps), 0.5
    for pause, key in steps:
        now += pause
        stage.tick(pause)
        passed = await stage.hit(f"{run} {key}", rate=Rate(3, 10))
        within = [time for time in accepted[key] if time > now - 10]
        # The server's clock goes on between the steps: where a request comes in the moment that one leaves, both are right.
        if all(abs(now - 10 - time) > 0.4 for time in accepted[key]):
            assert passed == [len(within) < 3]
        if passed == [True]:
            accepted[key].append(now)


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


def test_the_memory_of_callers_is_bounded() -> None:
    async def fill() -> int:
        store = MemoryStore(max_keys=10)
        for number in range(100):
            await store.hit([Allowance(str(number), Rate(1, 60))])
        return len(store)

    assert asyncio.run(fill()) == 10


async def test_a_clock_that_was_set_back_keeps_nobody_longer_than_a_window() -> None:
    with running_valkey() as server:
        redis = Redis(server.url, deadline_seconds=10)
        stage = Stage(RedisStore(redis), server)
        for _ in range(3):
            await stage.hit("a")
        stage.tick(-3600)  # everything that was accepted lies an hour ahead of the server's clock
        assert await stage.hit("a") == [False]
        stage.tick(61)
        assert await stage.hit("a") == [True]
        await redis.close()
