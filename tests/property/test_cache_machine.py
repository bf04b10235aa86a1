"""No read that starts after a completed revalidation gives an older value, whatever happens in between.

A machine drives the public API: reads, on pages and elsewhere, nested and timed, writes with revalidation, cancellations, lost
tokens, lost entries, passing time. It decides when each command to the store and each computation happens. Faults planted in the
cache must be found by the same machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import nullcontext
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from support import cache_faults
from support.cache_stage import AT_ONCE, Stage, SteppedStore
from twofold.cache import (
    CachedFunction,
    MemoryStore,
    cached,
    reading,
    rendering,
    revalidate_path,
    revalidate_tag,
    revalidation,
    set_default_store,
)
from twofold.cache.flights import Flights
from twofold.cache.notes import Reading

ITEMS = (0, 1)
PATHS = (None, "/p", "/q")


class StaleRead(Exception):
    """A read gave a value from before a revalidation that had completed when the read began."""


class World:
    """The source of truth, and the floor below which no new read may fall, for everyone and for each page."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.truth = dict.fromkeys(ITEMS, 0)
        self.floor = dict.fromkeys(ITEMS, 0)
        self.page_floor = {(path, item): 0 for path in PATHS for item in ITEMS}


world: World


@cached(tags=["all", "item:{item}"])
async def level(item: int) -> list[int]:
    """Read the source of truth."""
    await world.stage.step("compute")
    return [world.truth[item]]


@cached(tags="item:{item}", ttl=10, stale=5)
async def timed(item: int) -> list[int]:
    """Read the source of truth; the old value is served for a while after its time."""
    await world.stage.step("compute")
    return [world.truth[item]]


@cached(tags="total")
async def total() -> list[int]:
    """Show what other cached functions give; the tag of its own says nothing of the items."""
    return [*await level(0), *await level(1)]


@cached(tags="page")
async def everything() -> list[int]:
    """Show what a cached function gives that shows what others give."""
    return await total()


class Read(NamedTuple):
    """A call, and the items that its result shows."""

    function: CachedFunction[..., list[int]]
    arguments: tuple[int, ...]
    items: tuple[int, ...]


READS = (
    Read(level, (0,), (0,)),
    Read(timed, (0,), (0,)),
    Read(total, (), ITEMS),
    Read(everything, (), ITEMS),
)


class CacheMachine(RuleBasedStateMachine):
    """Every order of everything."""

    make_store: ClassVar[type[MemoryStore]] = MemoryStore
    make_flights: ClassVar[type[Flights[Reading]]] = Flights

    def __init__(self) -> None:
        super().__init__()
        global world  # noqa: PLW0603 - cached functions take no world: it would be part of their keys
        self.now = 0.0
        self.stage = Stage(quiet=("read", "mint"))
        self.world = world = World(self.stage)
        self.store = self.make_store(max_tags=6, max_paths=2, max_bytes=6000, clock=lambda: self.now)
        self.running: list[asyncio.Task[None]] = []
        set_default_store(SteppedStore(self.stage, self.store))
        for read in READS:
            read.function.reader.flights = self.make_flights()

    def enter(self, work: Coroutine[Any, Any, None], name: str = "actor") -> None:
        self.running.append(self.stage.enter(name, work))
        self.look()

    def look(self) -> None:
        """Raise what an actor raised."""
        for task in [task for task in self.running if task.done()]:
            self.running.remove(task)
            if not task.cancelled():
                task.result()

    @rule(read=st.sampled_from(READS), path=st.sampled_from(PATHS))
    def start_read(self, read: Read, path: str | None) -> None:
        """Start a read that is held at every command."""
        self.enter(self.reads(read, path))

    @rule(path=st.sampled_from(PATHS))
    def look_around(self, path: str | None) -> None:
        """Read everything that no computation in flight holds up."""
        for read in READS:
            self.enter(self.reads(read, path), AT_ONCE)

    async def reads(self, read: Read, path: str | None) -> None:
        floor = [max(self.world.floor[item], self.world.page_floor[path, item]) for item in read.items]
        with nullcontext() if path is None else rendering(path):
            values = await read.function(*read.arguments)
        if any(value < least for value, least in zip(values, floor, strict=True)):
            raise StaleRead(f"{read.function.__name__} {read.items} on {path}: {values}, and {floor} was revalidated")

    @rule(item=st.sampled_from((0, 0, 1)), path=st.sampled_from(PATHS), is_read_back=st.booleans(), is_held=st.booleans())
    def write(self, item: int, path: str | None, is_read_back: bool, is_held: bool) -> None:
        """Commit a change, and revalidate its tag or one page, at once or step by step."""
        writes = self.writes(item, is_read_back) if path is None else self.writes_on_page(path, item)
        self.enter(writes, "actor" if is_held else AT_ONCE)

    async def writes(self, item: int, is_read_back: bool) -> None:
        async with revalidation():
            self.world.truth[item] += 1
            written = self.world.truth[item]
            revalidate_tag(f"item:{item}")
            if is_read_back and (await everything())[item] < written:
                raise StaleRead(f"item {item} within the block that wrote {written}")
        self.world.floor[item] = max(self.world.floor[item], written)

    async def writes_on_page(self, path: str, item: int) -> None:
        async with revalidation():
            self.world.truth[item] += 1
            seen = dict(self.world.truth)
            revalidate_path(path)
        for each in ITEMS:
            self.world.page_floor[path, each] = max(self.world.page_floor[path, each], seen[each])

    @precondition(lambda self: self.stage.held)
    @rule(choices=st.lists(st.integers(0, 7), min_size=1, max_size=2))
    def step(self, choices: list[int]) -> None:
        """Let some commands and computations happen."""
        for choice in choices:
            held = list(self.stage.held)
            if held:
                self.stage.let(held[choice % len(held)])
        self.look()

    @rule(fault=st.sampled_from(["cancel", "evict tags", "evict paths", "clear", "wait"]), size=st.integers(1, 7))
    def suffer(self, fault: str, size: int) -> None:
        """Cancel an actor, crowd tokens out of the store, lose everything, or let time pass."""
        match fault:
            case "cancel" if self.running:
                self.running[size % len(self.running)].cancel()
                self.stage.settle()
            case "evict tags":
                self.stage.loop.run_until_complete(self.store.mint(tuple(f"junk:{number}" for number in range(size)), ()))
            case "evict paths":
                self.stage.loop.run_until_complete(self.store.invalidate([], ["/junk/1", "/junk/2"]))
            case "clear" if size == 1:
                self.store.clear()
            case "wait":
                self.now += 2 * size
        self.look()

    def teardown(self) -> None:
        """Finish everything, and read once more."""
        try:
            self.stage.run_to_the_end()
            for path in PATHS:
                self.look_around(path)
        finally:
            set_default_store(None)
            self.stage.close()


SEARCH = settings(
    deadline=None,
    stateful_step_count=30,
    max_examples=60,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def test_no_read_is_older_than_a_revalidation_before_it() -> None:
    run_state_machine_as_test(CacheMachine, settings=SEARCH)


class WithMintsAfterwards(CacheMachine):
    make_store = cache_faults.MintsAfterwards


class WithCounts(CacheMachine):
    make_store = cache_faults.Counts


class WithDeletesKeys(CacheMachine):
    make_store = cache_faults.DeletesKeys


class WithForgetsPathsAlone(CacheMachine):
    make_store = cache_faults.ForgetsPathsAlone


class WithByKeyAlone(CacheMachine):
    make_flights = cache_faults.ByKeyAlone


def search_in_vain(machine: type[CacheMachine]) -> None:
    # Any seed finds every fault; this one needs few examples.
    search = settings(SEARCH, max_examples=2000, phases=[Phase.generate])
    run_state_machine_as_test(seed(0)(machine), settings=search)


@pytest.mark.parametrize("machine", [WithMintsAfterwards, WithCounts, WithDeletesKeys, WithForgetsPathsAlone, WithByKeyAlone])
def test_the_machine_finds_planted_faults(machine: type[CacheMachine]) -> None:
    with pytest.raises(StaleRead):
        search_in_vain(machine)


@pytest.mark.parametrize(
    ("rule_of_reading", "fault"),
    [
        ("Notes", cache_faults.InheritsNothing),
        ("Notes", cache_faults.SpoilsNothing),
        ("judge", cache_faults.judge_paths_never),
        ("_is_pending", cache_faults.nothing_is_pending),
    ],
)
def test_the_machine_finds_each_rule_that_is_missing(
    rule_of_reading: str, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, rule_of_reading, fault)
    with pytest.raises(StaleRead):
        search_in_vain(CacheMachine)
