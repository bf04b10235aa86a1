"""The cache protocol and its rejected relatives, run through every schedule.

A slow computing reader, a writer, at most one fault, and a reader that starts after the writer returned: their atomic steps
are interleaved in every possible way. A schedule is stale when that last reader gets the value from before the write. A change
of the protocol starts here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import pytest

OLD, NEW = 0, 1

Step = Generator[Callable[[], bool] | None, None, Any]
"""An actor: each `yield` ends an atomic step; a yielded condition must hold before the next one."""


@dataclass
class World:
    """The source of truth, one entry, the version of its tag, the token of a page's path, and what is in flight."""

    truth: int = OLD
    entry: tuple[Any, int] | None = None
    version: int | None = None
    guard: int | None = None
    epoch: int = 0
    flights: dict[Any, list[Any]] = field(default_factory=dict)
    tokens: count[int] = field(default_factory=lambda: count(100))

    def mint(self) -> int:
        """Give the tag's version, made when it is missing."""
        if self.version is None:
            self.version = next(self.tokens)
        return self.version

    def mint_counter(self) -> int:
        """Give the tag's version as a counter, which starts again when it is lost."""
        if self.version is None:
            self.version = 1
        return self.version


Actor = Callable[[World], Step]


def minting_first(world: World) -> Step:
    """Read by the protocol: mint, compute, store under what was minted."""
    entry, version = world.entry, world.version
    if entry is not None and version is not None and entry[0] == version:
        return entry[1]
    yield
    minted = world.mint()
    yield
    value = world.truth
    yield
    world.entry = (minted, value)
    return value


def versions_after(world: World) -> Step:
    entry, version = world.entry, world.version
    if entry is not None and version is not None and entry[0] == version:
        return entry[1]
    yield
    value = world.truth
    yield
    minted = world.mint()
    yield
    world.entry = (minted, value)
    return value


def counting(world: World) -> Step:
    entry, version = world.entry, world.version
    if entry is not None and version is not None and entry[0] == version:
        return entry[1]
    yield
    minted = world.mint_counter()
    yield
    value = world.truth
    yield
    world.entry = (minted, value)
    return value


def cache_aside(world: World) -> Step:
    if world.entry is not None:
        return world.entry[1]
    yield
    value = world.truth
    yield
    world.entry = (None, value)
    return value


def in_old_snapshot(world: World) -> Step:
    snapshot = world.truth
    yield
    entry, version = world.entry, world.version
    if entry is not None and version is not None and entry[0] == version:
        return entry[1]
    yield
    minted = world.mint()
    yield
    world.entry = (minted, snapshot)
    return snapshot


def bypassing_in_old_snapshot(world: World) -> Step:
    # What such a reader itself gets is its transaction's business; it leaves nothing to others.
    yield
    return world.truth


def single_flight(name: Callable[[int], Any]) -> Actor:
    def read(world: World) -> Step:
        entry, version = world.entry, world.version
        if entry is not None and version is not None and entry[0] == version:
            return entry[1]
        yield
        minted = world.mint()
        landed = world.flights.get(name(minted))
        if landed is not None:
            yield lambda: bool(landed)
            return landed[0]
        landed = world.flights[name(minted)] = []
        yield
        value = world.truth
        yield
        world.entry = (minted, value)
        yield
        landed.append(value)
        del world.flights[name(minted)]
        return value

    return read


def sharing_what_called_others(checks: bool) -> Actor:
    """A function whose own tags never change, computed from one that carries the tag."""

    def read(world: World) -> Step:
        entry, version = world.entry, world.version
        if entry is not None and version is not None and entry[0] == version:
            return entry[1]
        yield
        landed = world.flights.get("outer")
        if landed is not None:
            yield lambda: bool(landed)
            inherited, value = landed[0]
            yield
            if not checks or inherited == world.version:
                return value
            return (yield from read(world))
        landed = world.flights["outer"] = []
        yield
        inherited = world.mint()
        yield
        value = world.truth
        yield
        world.entry = (inherited, value)
        yield
        landed.append((inherited, value))
        del world.flights["outer"]
        return value

    return read


def guarded(world: World) -> Step:
    """Read by the protocol with the token of the page's path in place of a tag's: without one, nothing constrains."""
    entry, guard, epoch = world.entry, world.guard, world.epoch
    if entry is not None and entry[0][0] == epoch and (guard is None or entry[0][1] == guard):
        return entry[1]
    yield
    stamp = (world.epoch, world.guard)
    yield
    value = world.truth
    yield
    world.entry = (stamp, value)
    return value


def commit_then_invalidate(world: World) -> Step:
    world.truth = NEW
    yield
    world.version = next(world.tokens)


def invalidate_then_commit(world: World) -> Step:
    world.version = next(world.tokens)
    yield
    world.truth = NEW


def commit_then_count(world: World) -> Step:
    world.truth = NEW
    yield
    world.version = (world.version or 0) + 1


def commit_then_delete(world: World) -> Step:
    world.truth = NEW
    yield
    world.entry = None


def commit_then_guard(world: World) -> Step:
    world.truth = NEW
    yield
    world.guard = next(world.tokens)


def nothing(world: World) -> Step:
    return
    yield


def evict_version(world: World) -> Step:
    world.version = None
    return
    yield


def evict_guard(world: World) -> Step:
    world.guard = None
    return
    yield


def evict_guard_and_epoch(world: World) -> Step:
    world.guard, world.entry, world.epoch = None, None, next(world.tokens)
    return
    yield


def flush(world: World) -> Step:
    world.version, world.guard, world.entry, world.epoch = None, None, None, next(world.tokens)
    return
    yield


class Explored(NamedTuple):
    """How many schedules there are, how many are stale, and the shortest stale one."""

    schedules: int
    stale: int
    shortest: str


def explore(reader: Actor, writer: Actor, fault: Actor = nothing, last: Actor | None = None) -> Explored:
    """Run every schedule of the four actors, each once, from the start."""
    actors = {"R1": reader, "W": writer, "R2": last or reader} | ({} if fault is nothing else {"E": fault})
    schedules, stale, shortest = 0, 0, ""
    choices: list[tuple[int, int]] | None = []
    while choices is not None:
        trace, choices, value = run(actors, [index for index, _ in choices])
        schedules += 1
        if value != NEW:
            stale += 1
            shortest = min(filter(None, (shortest, trace)), key=len)
        while choices and choices[-1][0] + 1 == choices[-1][1]:
            choices.pop()
        choices = [*choices[:-1], (choices[-1][0] + 1, choices[-1][1])] if choices else None
    return Explored(schedules, stale, shortest)


def run(actors: dict[str, Actor], prefix: list[int]) -> tuple[str, list[tuple[int, int]], Any]:
    """Run one schedule: the given choices first, then always the first actor that can move."""
    world = World()
    running = {name: actor(world) for name, actor in actors.items()}
    waits: dict[str, Callable[[], bool]] = {}
    results: dict[str, Any] = {}
    trace: list[str] = []
    choices: list[tuple[int, int]] = []
    while "R2" not in results:
        can_move = [
            name for name in running if name not in results and waits.get(name, _true)() and (name != "R2" or "W" in results)
        ]
        index = prefix[len(choices)] if len(choices) < len(prefix) else 0
        choices.append((index, len(can_move)))
        name = can_move[index]
        trace.append(name)
        waits.pop(name, None)
        try:
            condition = next(running[name])
        except StopIteration as end:
            results[name] = end.value
        else:
            if condition is not None:
                waits[name] = condition
    return " ".join(trace), choices, results["R2"]


def _true() -> bool:
    return True


@pytest.mark.parametrize(
    ("reader", "writer", "fault"),
    [
        pytest.param(minting_first, commit_then_invalidate, nothing, id="the protocol"),
        pytest.param(minting_first, commit_then_invalidate, evict_version, id="the protocol, version evicted"),
        pytest.param(minting_first, commit_then_invalidate, flush, id="the protocol, everything flushed"),
        pytest.param(
            single_flight(lambda version: version), commit_then_invalidate, nothing, id="single flight by key and version"
        ),
        pytest.param(
            single_flight(lambda version: version), commit_then_invalidate, evict_version, id="single flight, version evicted"
        ),
        pytest.param(sharing_what_called_others(True), commit_then_invalidate, nothing, id="sharing what called others"),
        pytest.param(guarded, commit_then_guard, nothing, id="a path's token"),
        pytest.param(guarded, commit_then_guard, evict_guard_and_epoch, id="a path's token, evicted with the epoch"),
        pytest.param(guarded, commit_then_guard, flush, id="a path's token, everything flushed"),
    ],
)
def test_no_schedule_is_stale(reader: Actor, writer: Actor, fault: Actor) -> None:
    explored = explore(reader, writer, fault)
    assert explored.schedules > 20
    assert explored.stale == 0, explored


@pytest.mark.parametrize(
    ("reader", "writer", "fault", "shortest"),
    [
        pytest.param(cache_aside, commit_then_delete, nothing, "R1 R1 W W R1 R2", id="deleting the key"),
        pytest.param(versions_after, commit_then_invalidate, nothing, "R1 R1 W W R1 R1 R2", id="version read after computing"),
        pytest.param(minting_first, invalidate_then_commit, nothing, "R1 W R1 R1 R1 W R2", id="invalidating before the commit"),
        pytest.param(
            in_old_snapshot, commit_then_invalidate, nothing, "R1 R1 W W R1 R1 R2 R2", id="computing in an older snapshot"
        ),
        pytest.param(counting, commit_then_count, evict_version, "R1 R1 R1 R1 W E W R2", id="counters, version evicted"),
        pytest.param(
            single_flight(lambda _: "key"),
            commit_then_invalidate,
            nothing,
            "R1 R1 R1 R1 W W R2 R2 R1 R2",
            id="single flight by key",
        ),
        pytest.param(
            sharing_what_called_others(False),
            commit_then_invalidate,
            nothing,
            "R1 R1 R1 R1 R1 W W R2 R2 R1 R2 R2",
            id="sharing unchecked",
        ),
        pytest.param(guarded, commit_then_guard, evict_guard, "R1 R1 R1 R1 W W E R2", id="a path's token evicted alone"),
    ],
)
def test_the_rejected_protocols_are_stale(reader: Actor, writer: Actor, fault: Actor, shortest: str) -> None:
    explored = explore(reader, writer, fault)
    assert 0 < explored.stale < explored.schedules
    assert explored.shortest == shortest


def test_a_reader_in_an_older_snapshot_that_bypasses_the_cache_harms_nobody() -> None:
    assert explore(bypassing_in_old_snapshot, commit_then_invalidate, last=minting_first).stale == 0
