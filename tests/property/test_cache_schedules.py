"""The cache itself, run through every schedule of its commands.

The model in `test_cache_model.py` says that the protocol holds; this says that the code is the protocol. Every command to the
store and every read of the source of truth is a step; a slow computing reader, a writer, a fault and a reader that starts after
the writer returned take their steps in every possible order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from support.cache_faults import ByKeyAlone, Counts, DeletesKeys, ForgetsPathsAlone, MintsAfterwards, TrustsEveryone
from support.cache_stage import Stage, SteppedStore
from twofold.cache import (
    CachedFunction,
    MemoryStore,
    bypass,
    cached,
    rendering,
    revalidate_path,
    revalidate_tag,
    revalidation,
    set_default_store,
)
from twofold.cache.flights import Flights
from twofold.cache.notes import Reading

OLD, NEW = 0, 1


class World:
    """What the actors of one schedule work on."""

    def __init__(self, stage: Stage, store: MemoryStore) -> None:
        self.stage = stage
        self.store = store
        self.truth = OLD


world: World


@cached(tags="stock")
async def level() -> int:
    """Read the source of truth; the next step is to store what it said."""
    await world.stage.step("compute")
    return world.truth


@cached(tags="summary")
async def summary() -> int:
    """Show what another cached function gives; its own tag is never revalidated."""
    return await level()


async def reads() -> int:
    return await level()


async def reads_summary() -> int:
    return await summary()


async def reads_on_page() -> int:
    with rendering("/p"):
        return await level()


async def reads_summary_on_page() -> int:
    with rendering("/p"):
        return await summary()


async def reads_in_old_snapshot() -> int:
    snapshot = world.truth  # a transaction opened before the read
    await world.stage.step("snapshot taken")
    with bypass():
        assert await level() >= snapshot
    return snapshot


async def commits() -> None:
    await world.stage.step("commit")
    world.truth = NEW


async def writes() -> None:
    async with revalidation():
        await commits()
        revalidate_tag("stock")


async def writes_page() -> None:
    async with revalidation():
        await commits()
        revalidate_path("/p")


async def writes_too_late() -> None:
    async with revalidation():
        revalidate_tag("stock")
    await commits()


async def no_fault() -> None:
    return


async def evicts_tags() -> None:
    await world.stage.step("evict")
    await world.store.mint(tuple(f"junk:{number}" for number in range(8)), ())


async def evicts_paths() -> None:
    await world.stage.step("evict")
    await world.store.invalidate([], [f"/junk/{number}" for number in range(8)])


async def flushes() -> None:
    await world.stage.step("flush")
    world.store.clear()


Actor = Callable[[], Coroutine[Any, Any, object]]


class Explored(NamedTuple):
    """How many schedules there are, and the first stale one."""

    schedules: int
    stale: list[str] | None


@contextmanager
def flying(flights: type[Flights[Reading]]) -> Iterator[None]:
    functions: list[CachedFunction[..., int]] = [level, summary]
    for function in functions:
        function.reader.flights = flights()
    yield
    for function in functions:
        function.reader.flights = Flights()


def explore(
    reader: Actor,
    writer: Actor,
    fault: Actor = no_fault,
    *,
    last: Actor | None = None,
    store: type[MemoryStore] = MemoryStore,
    flights: type[Flights[Reading]] = Flights,
    quiet: Collection[str] = (),
) -> Explored:
    """Run schedules until one is stale or none is left."""
    schedules, choices = 0, [(0, 0)][:0]
    while True:
        with flying(flights):
            trace, choices, value = run(
                (reader, writer, fault, last or reader), Stage(quiet), store, [index for index, _ in choices]
            )
        schedules += 1
        if value != NEW:
            return Explored(schedules, trace)
        while choices and choices[-1][0] + 1 >= choices[-1][1]:
            choices.pop()
        if not choices:
            return Explored(schedules, None)
        choices[-1] = (choices[-1][0] + 1, choices[-1][1])


def run(
    actors: tuple[Actor, Actor, Actor, Actor], stage: Stage, make_store: type[MemoryStore], prefix: list[int]
) -> tuple[list[str], list[tuple[int, int]], object]:
    """Run one schedule: the given choices first, then always the oldest step."""
    global world  # noqa: PLW0603 - cached functions take no world: it would be part of their keys
    world = World(stage, make_store(max_tags=4, max_paths=4))
    set_default_store(SteppedStore(stage, world.store))
    reader, writer, fault, last = actors
    names = {"R1": reader, "W": writer, "E": fault}
    tasks: dict[str, asyncio.Task[object]] = {name: stage.enter(name, actor()) for name, actor in names.items()}
    trace: list[str] = []
    choices: list[tuple[int, int]] = []
    while True:
        if tasks["W"].done() and "R2" not in tasks:
            tasks["R2"] = stage.enter("R2", last())
        if "R2" in tasks and tasks["R2"].done():
            break
        held = list(stage.held.items())
        index = prefix[len(choices)] if len(choices) < len(prefix) else 0
        choices.append((index, len(held)))
        trace.append(held[index][1])
        stage.let(held[index][0])
    value = tasks["R2"].result()
    set_default_store(None)
    stage.close()
    return trace, choices, value


ALL: tuple[str, ...] = ()
NO_MINT = ("mint",)


@pytest.mark.parametrize(
    ("reader", "writer", "fault", "last", "quiet"),
    [
        pytest.param(reads, writes, no_fault, reads, ALL, id="a read"),
        pytest.param(reads, writes, evicts_tags, reads, ALL, id="a read, versions evicted"),
        pytest.param(reads, writes, flushes, reads, ALL, id="a read, everything flushed"),
        pytest.param(reads_on_page, writes_page, no_fault, reads_on_page, ALL, id="a read on a revalidated page"),
        pytest.param(reads, writes_page, no_fault, reads_on_page, ALL, id="a read elsewhere, then on a revalidated page"),
        pytest.param(reads_on_page, writes_page, evicts_paths, reads_on_page, NO_MINT, id="a read on a page, paths evicted"),
        pytest.param(reads_summary, writes, no_fault, reads_summary, NO_MINT, id="a read of what calls others"),
        pytest.param(reads, writes, no_fault, reads_summary, NO_MINT, id="a read, then of what calls it"),
        pytest.param(
            reads_summary_on_page, writes_page, no_fault, reads_summary_on_page, NO_MINT, id="what calls others, on a page"
        ),
        pytest.param(
            reads_in_old_snapshot, writes, no_fault, reads, ALL, id="a read in an older snapshot that bypasses the cache"
        ),
    ],
)
def test_no_schedule_of_the_cache_is_stale(
    reader: Actor, writer: Actor, fault: Actor, last: Actor, quiet: tuple[str, ...]
) -> None:
    explored = explore(reader, writer, fault, last=last, quiet=quiet)
    assert explored.stale is None
    assert explored.schedules > 20


@pytest.mark.parametrize(
    ("explored", "steps"),
    [
        pytest.param(lambda: explore(reads, writes, store=MintsAfterwards), 7, id="versions read after computing"),
        pytest.param(lambda: explore(reads, writes, evicts_tags, store=Counts), 9, id="counters, evicted"),
        pytest.param(lambda: explore(reads, writes, store=DeletesKeys), 7, id="deleting keys"),
        pytest.param(lambda: explore(reads, writes, flights=ByKeyAlone), 12, id="single flight by key"),
        pytest.param(lambda: explore(reads_summary, writes, flights=TrustsEveryone, quiet=NO_MINT), 20, id="sharing unchecked"),
        pytest.param(
            lambda: explore(reads_on_page, writes_page, evicts_paths, store=ForgetsPathsAlone), 9, id="paths evicted alone"
        ),
        pytest.param(lambda: explore(reads, writes_too_late), 12, id="revalidating before the commit"),
    ],
)
def test_planted_faults_are_found(explored: Callable[[], Explored], steps: int) -> None:
    stale = explored().stale
    assert stale is not None
    assert len(stale) <= steps, stale
