"""Locks in the memory of one process, on one event loop."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Lock:
    fence: int
    line: deque[asyncio.Future[int]] = field(default_factory=deque)


class MemoryStore:
    """Grant locks to the tasks of this process.

    A lock takes memory while somebody holds it, and none afterwards. Leases do not run out: no holder can crash and leave
    this store behind, and one whose event loop was blocked for a while is still at work.
    """

    def __init__(self) -> None:
        # One counter for all names: a lock that was forgotten and comes back gives no fence twice.
        self._fences = itertools.count(1)
        self._locks: dict[str, _Lock] = {}

    def __len__(self) -> int:
        return len(self._locks)

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:  # noqa: ARG002
        """Take the lock, in the order in which callers came."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = _Lock(next(self._fences))
            return lock.fence
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        lock.line.append(turn)
        try:
            await asyncio.wait({turn}, timeout=wait_seconds)
        except asyncio.CancelledError:
            self._leave(name, turn)
            raise
        if turn.done():
            return turn.result()
        self._leave(name, turn)
        return None

    async def renew(self, name: str, fence: int, *, lease_seconds: float) -> bool:  # noqa: ARG002
        """Tell whether the caller still holds the lock."""
        return self._holds(name, fence)

    async def release(self, name: str, fence: int) -> None:
        """Give the lock to the next in line."""
        if self._holds(name, fence):
            self._pass_on(name)

    def _holds(self, name: str, fence: int) -> bool:
        lock = self._locks.get(name)
        return lock is not None and lock.fence == fence

    def _pass_on(self, name: str) -> None:
        lock = self._locks[name]
        if not lock.line:
            del self._locks[name]
            return
        lock.fence = next(self._fences)
        lock.line.popleft().set_result(lock.fence)

    def _leave(self, name: str, turn: asyncio.Future[int]) -> None:
        """Take back a turn; one that came in the moment of leaving goes to the next."""
        if turn.done():
            self._pass_on(name)
        else:
            self._locks[name].line.remove(turn)
