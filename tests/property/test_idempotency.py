"""Model check: whatever the interleaving, one effect for each key and equal replies."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from support.virtual_time import run as run_in_virtual_time
from twofold.errors import Conflict, Unavailable
from twofold.idempotency import Begun, Completed, InFlight, KeyReused, MemoryStore, Mismatched, NotStored, Outcome, Started, once

T = TypeVar("T")
LEASE, TTL, MAX_ENTRIES = 10, 100, 3
KEYS = st.sampled_from("abcd")
PAYLOADS = st.sampled_from([b"payload", b"other payload"])


def immediate(step: Coroutine[Any, Any, T]) -> T:
    """Run a step of the memory store, which never waits for anything but `wait`."""
    try:
        step.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("the step waits")


@dataclass(frozen=True)
class Worker:
    """A process that holds a claim, or once did."""

    key: str
    fence: int
    outcome: bytes


@dataclass
class Entry:
    """What the reference knows of a key."""

    payload: bytes
    fence: int
    until: float
    outcome: bytes | None = None


class StoreMachine(RuleBasedStateMachine):
    """Workers that start, commit, crash, retry and come back as zombies, against a dictionary."""

    workers = Bundle("workers")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.store = MemoryStore(max_entries=MAX_ENTRIES, clock=lambda: self.now)
        self.model: dict[str, Entry] = {}  # completed ones in order of completion, behind all in flight
        self.effects: defaultdict[str, int] = defaultdict(int)
        self.serial = 0

    def expected(self, key: str, payload: bytes) -> type[Begun | Unavailable] | Begun:
        entry = self.model.get(key)
        if entry is None:
            full = len(self.model) >= MAX_ENTRIES and all(each.outcome is None for each in self.model.values())
            return Unavailable if full else Started
        if entry.payload != payload:
            return Mismatched()
        if entry.outcome is not None:
            return Completed(entry.outcome)
        return InFlight() if self.now < entry.until else Started

    def forget(self, key: str) -> None:
        del self.model[key]
        self.effects[key] = 0

    @rule(target=workers, key=KEYS, payload=PAYLOADS)
    def start_or_retry(self, key: str, payload: bytes) -> Any:
        expected = self.expected(key, payload)
        try:
            begun = immediate(self.store.begin(key, payload, lease_seconds=LEASE))
        except Unavailable:
            assert expected is Unavailable
            return multiple()
        if not isinstance(begun, Started):
            assert begun == expected
            return multiple()
        assert expected is Started
        return self.started(key, payload, begun.fence)

    def started(self, key: str, payload: bytes, fence: int) -> Worker:
        before = self.model.get(key)
        assert before is None or fence > before.fence
        if before is None and len(self.model) >= MAX_ENTRIES:
            self.forget(next(each for each, entry in self.model.items() if entry.outcome is not None))
        self.model[key] = Entry(payload, fence, self.now + LEASE)
        self.serial += 1
        return Worker(key, fence, b"outcome %d" % self.serial)

    def holds(self, worker: Worker) -> bool:
        entry = self.model.get(worker.key)
        return entry is not None and entry.outcome is None and entry.fence == worker.fence

    # Workers stay in the bundle after these rules, so they come back as zombies.
    @rule(worker=workers)
    def commit(self, worker: Worker) -> None:
        is_mine = self.holds(worker)
        assert immediate(self.store.complete(worker.key, worker.fence, worker.outcome, ttl_seconds=TTL)) is is_mine
        if is_mine:
            entry = self.model.pop(worker.key)
            self.model[worker.key] = Entry(entry.payload, entry.fence, self.now + TTL, worker.outcome)
            self.effects[worker.key] += 1

    @rule(worker=workers)
    def roll_back(self, worker: Worker) -> None:
        is_mine = self.holds(worker)
        immediate(self.store.release(worker.key, worker.fence))
        if is_mine:
            self.forget(worker.key)

    @rule(worker=workers)
    def renew(self, worker: Worker) -> None:
        is_mine = self.holds(worker)
        assert immediate(self.store.renew(worker.key, worker.fence, lease_seconds=LEASE)) is is_mine
        if is_mine:
            self.model[worker.key].until = self.now + LEASE

    @rule(worker=consumes(workers))
    def crash(self, worker: Worker) -> None:
        """Nobody hears of this worker again; its lease has to end by itself."""

    @rule(seconds=st.sampled_from([1, LEASE - 1, LEASE, TTL]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        for key, entry in list(self.model.items()):
            if entry.outcome is not None and self.now >= entry.until:
                self.forget(key)

    @invariant()
    def there_is_one_effect_for_each_key(self) -> None:
        assert all(count <= 1 for count in self.effects.values())

    @invariant()
    def the_store_is_bounded(self) -> None:
        assert len(self.store) <= MAX_ENTRIES


StoreMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestStoreAgainstReference = StoreMachine.TestCase


@dataclass(frozen=True)
class Attempt:
    """A client that calls, maybe fails on the way, and maybe goes away."""

    key: str
    payload: bytes
    starts_at: int
    takes: int
    ends: str
    goes_away_after: int | None
    waits: int


attempts = st.builds(
    Attempt,
    key=st.sampled_from("ab"),
    payload=st.sampled_from([b"payload", b"payload", b"payload", b"other payload"]),
    starts_at=st.integers(0, 60),
    takes=st.integers(0, 30),
    ends=st.sampled_from(["commits", "commits", "raises", "is cancelled", "is not stored"]),
    goes_away_after=st.none() | st.integers(0, 30),
    waits=st.integers(0, 20),
)


class World:
    """Clients of one store, their effects, and what each was told."""

    def __init__(self) -> None:
        self.store = MemoryStore(clock=asyncio.get_running_loop().time)
        self.effects: defaultdict[str, list[bytes]] = defaultdict(list)
        self.running: defaultdict[str, int] = defaultdict(int)
        self.begun_to_commit = 0
        self.replies: defaultdict[str, list[Outcome]] = defaultdict(list)

    async def effect(self, number: int, attempt: Attempt) -> bytes | NotStored:
        self.running[attempt.key] += 1
        assert self.running[attempt.key] == 1
        self.begun_to_commit += attempt.ends == "commits"
        try:
            await asyncio.sleep(attempt.takes)
            if attempt.ends == "raises":
                raise ValueError("expected")
            if attempt.ends == "is cancelled":
                raise asyncio.CancelledError
            if attempt.ends == "is not stored":
                return NotStored(b"invalid")
            self.effects[attempt.key].append(b"%d" % number)
            return b"%d" % number
        finally:
            self.running[attempt.key] -= 1

    async def client(self, number: int, attempt: Attempt) -> None:
        await asyncio.sleep(attempt.starts_at)
        try:
            async with asyncio.timeout(attempt.goes_away_after):
                outcome = await once(
                    self.store, attempt.key, attempt.payload, lambda: self.effect(number, attempt),
                    wait_seconds=attempt.waits, lease_seconds=9,
                )  # fmt: skip
        except (ValueError, TimeoutError, Conflict, KeyReused):
            return
        if outcome.payload != b"invalid":
            self.replies[attempt.key].append(outcome)


async def play(schedule: list[Attempt]) -> World:
    world = World()
    clients = [asyncio.create_task(world.client(number, attempt)) for number, attempt in enumerate(schedule)]
    await asyncio.wait(clients)
    failures = [client.exception() for client in clients if not client.cancelled()]
    assert failures.count(None) == len(failures)
    await asyncio.sleep(1000)  # whoever runs on without a caller ends
    return world


@given(st.lists(attempts, min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_schedule_of_clients_gives_a_key_two_effects_or_two_answers(schedule: list[Attempt]) -> None:
    world = run_in_virtual_time(play(schedule))
    for key, effects in world.effects.items():  # a key is here once its effect has happened
        assert len(effects) == 1
        assert {outcome.payload for outcome in world.replies[key]} <= set(effects)
        assert sum(not outcome.is_replay for outcome in world.replies[key]) <= 1
    assert len(world.store) == len(world.effects) == world.begun_to_commit
