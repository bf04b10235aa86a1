"""One follower of the store's log, and what it found out, told in bursts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from contextvars import Context

from twofold.cache import Change, Store
from twofold.cache import Sequence as Place
from twofold.errors import StoreUnavailable

KEEP_ALIVE_SECONDS = 20.0
"""Shorter than the idle time-outs of the usual proxies (30 to 60 s)."""

RETRY_SECONDS = 1.0
"""Until the store is asked again after it failed."""

log = logging.getLogger("twofold")

Tell = Callable[[Sequence[Change] | None, Place], None]
"""Takes changes, or None where some are no longer known, and the place up to which that is all."""


class Following:
    """Follow a log until it is stopped, and give the sign for keep-alive comments meanwhile.

    What is found is told at once, and then at most once in `pause_seconds`: the last of a burst is never left out.
    """

    def __init__(self, store: Store, tell: Tell, keep_alive: Callable[[], None], pause_seconds: float) -> None:
        self._store = store
        self._tell = tell
        self._keep_alive = keep_alive
        self._pause_seconds = pause_seconds
        self._found: list[Change] = []
        self._is_gap = False
        loop = asyncio.get_running_loop()
        self._begun: asyncio.Future[Place] = loop.create_future()
        self._read_to: Place | None = None
        self._told_to: Place | None = None
        self._pause: asyncio.TimerHandle | None = None
        # In a context of its own: this outlives the request that it begins in, and must not keep that alive.
        self._tasks = [loop.create_task(work, context=Context()) for work in (self._follow(), self._comment())]

    async def place(self) -> Place:
        """Give a place after which nothing is left out; it waits for the store at the beginning."""
        begun = await asyncio.shield(self._begun)
        return self._told_to or begun

    def stop(self) -> None:
        """Follow no longer."""
        for task in self._tasks:
            task.cancel()
        if self._pause is not None:
            self._pause.cancel()
        self._begun.cancel()

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except StoreUnavailable:
                pass  # the store has logged it, and tells what was missed once it is back
            except Exception:
                self._is_gap = True  # what was not told may be anything
                log.exception("following the cache's log failed; trying again")
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self) -> None:
        if self._read_to is None:
            self._read_to = await self._store.sequence()
            self._begun.set_result(self._read_to)
        if self._is_gap:
            self._note(None, await self._store.sequence())
        async with aclosing(self._store.follow(self._read_to)) as changes:  # type: ignore[type-var]
            async for change in changes:
                self._note(change, await self._store.sequence() if change is None else change.sequence)

    def _note(self, change: Change | None, place: Place) -> None:
        self._read_to = place
        if change is None:
            self._is_gap = True
        else:
            self._found.append(change)
        if self._pause is None:
            self._flush()

    def _flush(self) -> None:
        self._pause = None
        if self._read_to is None or not (self._is_gap or self._found):
            return
        found = None if self._is_gap else self._found
        self._found, self._is_gap, self._told_to = [], False, self._read_to
        self._tell(found, self._told_to)
        self._pause = asyncio.get_running_loop().call_later(self._pause_seconds, self._flush, context=Context())

    async def _comment(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            self._keep_alive()
