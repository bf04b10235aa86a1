"""Model check: whatever the schedule, one holder at a time, first come, first served, and nothing left behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from support.virtual_time import run
from twofold.locks import Busy, MemoryStore, hold, use

WAIT = 10


@dataclass(frozen=True)
class Plan:
    """A task that comes at a time, works so long, and may be cancelled."""

    arrives: int
    name: str
    works: int
    cancelled: int | None


@dataclass(frozen=True)
class Caller:
    """A plan in exact seconds, of which no two mean the same moment."""

    name: str
    arrives: float
    works: float
    cancelled: float | None

    @classmethod
    def of(cls, number: int, plan: Plan) -> Caller:
        own = number / 1024
        cancelled = None if plan.cancelled is None else plan.cancelled + 0.5 + own
        return cls(plan.name, plan.arrives + own, plan.works + 1 / 32, cancelled)


def in_order(plans: list[Plan]) -> list[Caller]:
    return [Caller.of(number, plan) for number, plan in enumerate(plans)]


plan = st.builds(Plan, st.integers(0, 20), st.sampled_from("ab"), st.integers(0, 8), st.none() | st.integers(0, 30))
callers = st.lists(plan, max_size=12).map(in_order)


@dataclass
class Event:
    """When a caller got the lock, and when it let go."""

    number: int
    began: float
    ended: float | None = None


class World:
    """Callers at work, and what they saw."""

    def __init__(self, callers: list[Caller]) -> None:
        self.callers = callers
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.fences: dict[str, list[int]] = {"a": [], "b": []}
        self.inside = {"a": 0, "b": 0}
        self.refused: list[int] = []

    async def live(self) -> None:
        with use(self.store):
            tasks = [asyncio.create_task(self.call(number)) for number in range(len(self.callers))]
            cancelling = [
                asyncio.create_task(self.cancel(task, one.cancelled)) for task, one in zip(tasks, self.callers, strict=True)
            ]
            await asyncio.gather(*tasks, *cancelling, return_exceptions=True)

    async def cancel(self, task: asyncio.Task[None], at: float | None) -> None:
        if at is not None:
            await asyncio.sleep(at)
            task.cancel()

    async def call(self, number: int) -> None:
        caller = self.callers[number]
        await asyncio.sleep(caller.arrives)
        try:
            async with hold(caller.name, wait_seconds=WAIT) as lease:
                await self.work(number, lease.fence)
        except Busy:
            self.refused.append(number)

    async def work(self, number: int, fence: int) -> None:
        caller, clock = self.callers[number], asyncio.get_running_loop().time
        self.inside[caller.name] += 1
        assert self.inside[caller.name] == 1
        self.fences[caller.name].append(fence)
        event = Event(number, clock())
        self.events.append(event)
        try:
            await asyncio.sleep(caller.works)
        finally:
            event.ended = clock()
            self.inside[caller.name] -= 1


def expected(callers: list[Caller]) -> tuple[dict[int, tuple[float, float]], list[int]]:
    """Play the schedule in a model: for each name one line, served in the order of arrival."""
    served: dict[int, tuple[float, float]] = {}
    refused: list[int] = []
    free = {"a": 0.0, "b": 0.0}
    for number, one in sorted(enumerate(callers), key=lambda each: each[1].arrives):
        cancelled = float("inf") if one.cancelled is None else one.cancelled
        begins = max(free[one.name], one.arrives)
        gives_up = one.arrives + WAIT
        if cancelled < min(begins, gives_up):
            continue
        if begins > gives_up:
            refused.append(number)
            continue
        ends = min(begins + one.works, cancelled)
        served[number] = (begins, ends)
        free[one.name] = ends
    return served, refused


@given(callers)
def test_the_locks_do_what_the_model_says(callers: list[Caller]) -> None:
    world = World(callers)
    run(world.live())
    served, refused = expected(callers)
    assert {event.number: (event.began, event.ended) for event in world.events} == served
    assert sorted(world.refused) == sorted(refused)
    assert all(fences == sorted(set(fences)) for fences in world.fences.values())
    assert len(world.store) == 0
