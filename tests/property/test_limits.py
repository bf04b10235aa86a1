"""Every store counts like a list of times, and whatever comes, no window holds more than the rate."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from support.valkey import Valkey
from twofold.limits import Allowance, MemoryStore, Rate, Standing, Store
from twofold.limits.redis import RedisStore
from twofold.redis import Redis

RATES = {"narrow": Rate(1, 7), "wide": Rate(3, 10), "long": Rate(5, 60)}
EXACT_FOR_SECONDS = 0.9
"""All times here are whole seconds: a server's clock, which goes on meanwhile, changes nothing until it has gone for one."""


class Limits(RuleBasedStateMachine):
    """Requests, time that goes by, and a clock that is set back, on a store and on lists of times."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.make_store()
        self.began = time.monotonic()
        self.clock = self.elapsed = 0
        self.accepted: dict[str, list[int]] = {key: [] for key in RATES}
        self.history: dict[str, list[int]] = {key: [] for key in RATES}

    def make_store(self) -> Store:
        raise NotImplementedError

    def shift(self, seconds: int) -> None:
        raise NotImplementedError

    def teardown(self) -> None:
        self.runner.close()

    @rule(seconds=st.integers(1, 12))
    def time_goes_by(self, seconds: int) -> None:
        self.shift(seconds)
        self.clock += seconds
        self.elapsed += seconds

    @rule(seconds=st.sampled_from([1, 5, 30, 3600]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        # What had gone by is forgotten sooner or later, and would count again where it is later: this makes it sooner.
        self.a_request(list(RATES))
        self.shift(-seconds)
        self.clock -= seconds

    @rule(keys=st.lists(st.sampled_from(sorted(RATES)), min_size=1, max_size=4))
    def requests(self, keys: list[str]) -> None:
        self.a_request(keys)

    def a_request(self, keys: list[str]) -> None:
        found = self.runner.run(self.store.hit([Allowance(key, RATES[key]) for key in keys]))
        if time.monotonic() - self.began > EXACT_FOR_SECONDS:
            return
        expected = self.expected(keys)
        assert [one[:2] for one in found] == [one[:2] for one in expected]
        for one, (_, _, reset_seconds) in zip(found, expected, strict=True):
            assert 0 <= reset_seconds - one.reset_seconds <= EXACT_FOR_SECONDS or one.reset_seconds == 0

    def expected(self, keys: list[str]) -> list[Standing]:
        for key in keys:
            times = [min(one, self.clock) for one in self.accepted[key]]
            self.accepted[key] = [one for one in times if one > self.clock - RATES[key].window_seconds]
        left = {key: RATES[key].requests - len(self.accepted[key]) for key in keys}
        passes = min(left.values()) > 0
        if passes:
            for key in left:
                self.accepted[key].append(self.clock)
                self.history[key].append(self.elapsed)
        resets = {key: min(self.accepted[key]) + RATES[key].window_seconds - self.clock for key in left if self.accepted[key]}
        return [Standing(left[key] > 0, left[key] - passes, resets.get(key, 0)) for key in keys]

    @invariant()
    def no_window_holds_more(self) -> None:
        for key, (requests, window_seconds) in RATES.items():
            times = self.history[key]
            assert all(later - first >= window_seconds for first, later in zip(times, times[requests:], strict=False))


class OfMemory(Limits):
    """In the memory of the process."""

    def make_store(self) -> Store:
        return MemoryStore(clock=lambda: self.clock)

    def shift(self, seconds: int) -> None:
        """Do nothing: the clock of the model is the store's."""


def test_the_memory_of_a_process_counts_like_lists_of_times() -> None:
    run_state_machine_as_test(OfMemory, settings=settings(max_examples=100))


def test_a_server_counts_like_lists_of_times(valkey: Valkey) -> None:
    class OfServer(Limits):
        def make_store(self) -> Store:
            with valkey.client() as client:
                client.flushall()
            self.redis = Redis(valkey.url, deadline_seconds=10)
            return RedisStore(self.redis)

        def shift(self, seconds: int) -> None:
            with valkey.client() as client:
                for key in client.scan_iter():
                    scores: Any = client.zrange(key, 0, -1, withscores=True)
                    client.zadd(key, {member: score - seconds * 1e6 for member, score in scores})

        def teardown(self) -> None:
            self.runner.run(self.redis.close())
            super().teardown()

    run_state_machine_as_test(OfServer, settings=settings(max_examples=15, stateful_step_count=25))
