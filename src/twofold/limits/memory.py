"""Counting in the memory of one process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from twofold.limits.standing import Standing, standing
from twofold.limits.store import Allowance


class MemoryStore:
    """Count the requests of this process; threads may share it.

    Args:
        max_keys: callers that are remembered. Beyond them the one that was heard of longest ago is forgotten, so give a
            limit by address some that do not change with every request.
        clock: seconds, never going back.
    """

    def __init__(self, *, max_keys: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_keys = max_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._accepted: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._accepted)

    async def hit(self, allowances: Sequence[Allowance]) -> tuple[Standing, ...]:
        """Count one request against all of these, or against none."""
        with self._lock:
            now = self._clock()
            found = tuple([standing(self._within(one, now), one.rate, now) for one in allowances])
            if all(one.is_allowed for one in found):
                for one in allowances:
                    self._accepted[one.key].append(now)
            else:
                self._forget_empty(allowances)
            while len(self._accepted) > self._max_keys:
                self._accepted.popitem(last=False)
            return found

    def _within(self, one: Allowance, now: float) -> deque[float]:
        """Give the times that count, and forget the others."""
        times = self._accepted.setdefault(one.key, deque())
        self._accepted.move_to_end(one.key)
        while times and times[0] <= now - one.rate.window_seconds:
            times.popleft()
        return times

    def _forget_empty(self, allowances: Sequence[Allowance]) -> None:
        for one in allowances:
            if not self._accepted.get(one.key, True):
                del self._accepted[one.key]
