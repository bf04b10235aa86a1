"""A stage on which the steps of concurrent actors are taken one at a time, in any order a test asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from contextvars import ContextVar, copy_context
from itertools import count
from typing import Any

from twofold.cache import Clock, Entry, Lookup, Reads, Store, Token, Versions

actor: ContextVar[str] = ContextVar("actor", default="nobody")

AT_ONCE = "at once"
"""The name of actors that stop nowhere."""

# A computation that lands wakes its reader through a shield, a callback and a task: fewer turns than this.
TURNS_TO_QUIET = 8


class Stage:
    """Run actors on a loop of their own; every one stops at each `step` until it is let go, except those `AT_ONCE`.

    Args:
        quiet: steps that nobody stops at, where the orders would be too many.
    """

    def __init__(self, quiet: Collection[str] = ()) -> None:
        self.loop = asyncio.new_event_loop()
        self._quiet = quiet
        self._held: dict[int, tuple[str, asyncio.Future[None]]] = {}
        self._numbers = count()
        self._tasks: list[asyncio.Task[Any]] = []

    async def step(self, what: str) -> None:
        """Stop here until the step is let go."""
        if what in self._quiet or actor.get() == AT_ONCE:
            return
        future: asyncio.Future[None] = self.loop.create_future()
        self._held[next(self._numbers)] = (f"{actor.get()}:{what}", future)
        await future

    def enter(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start an actor and run it to its first step."""
        context = copy_context()
        context.run(actor.set, name)
        task = self.loop.create_task(work, context=context)
        self._tasks.append(task)
        self.settle()
        return task

    @property
    def held(self) -> dict[int, str]:
        """What waits to be let go, oldest first."""
        return {number: name for number, (name, _) in self._held.items()}

    def let(self, number: int) -> None:
        """Let one step happen and run everybody to the next."""
        _, future = self._held.pop(number)
        if not future.done():
            future.set_result(None)
        self.settle()

    def settle(self) -> None:
        """Run the loop until everybody waits."""
        self._turn(TURNS_TO_QUIET)
        self.loop.run_forever()

    def _turn(self, left: int) -> None:
        if left:
            self.loop.call_soon(self._turn, left - 1)
        else:
            self.loop.stop()

    def run_to_the_end(self) -> None:
        """Let every step happen, oldest first."""
        while self._held:
            self.let(next(iter(self._held)))

    def close(self) -> None:
        """End every actor and the loop."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self._held.clear()
        self.settle()
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.exception()
        self.loop.close()


class SteppedStore:
    """A store each of whose commands is one step on the stage, as commands to a server are."""

    def __init__(self, stage: Stage, inner: Store) -> None:
        self._stage = stage
        self.inner = inner

    @property
    def clock(self) -> Clock:
        return self.inner.clock

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        await self._stage.step("read")
        return await self.inner.read(key, tags, path)

    async def versions(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        await self._stage.step("versions")
        return await self.inner.versions(tags)

    async def mint(self, tags: tuple[str, ...], paths: Collection[str]) -> Versions:
        await self._stage.step("mint")
        return await self.inner.mint(tags, paths)

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        await self._stage.step("write")
        await self.inner.write(key, entry, fresh_seconds=fresh_seconds, stale_seconds=stale_seconds)

    def near(self, max_staleness_seconds: float) -> Reads:
        return self

    async def lead(self, name: bytes, *, lease_seconds: float) -> bool:
        return await self.inner.lead(name, lease_seconds=lease_seconds)

    async def lead_ends(self, name: bytes) -> None:
        await self.inner.lead_ends(name)

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        await self._stage.step("invalidate")
        await self.inner.invalidate(tags, paths)
