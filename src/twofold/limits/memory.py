"""Counting in the memory of one process."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from twofold.limits.standing import Standing, standings
from twofold.limits.store import Allowance

_SWEEP = 2
"""More than one is forgotten for each that comes, so that what is outdated goes away."""


@dataclass(slots=True)
class _Caller:
    """When the requests of a caller were accepted, oldest first."""

    window_seconds: int
    accepted: list[float] = field(default_factory=list)

    def within(self, now: float) -> list[float]:
        """Give the times that count, and forget the others."""
        # After the clock was set back, what was accepted later than now counts as accepted now.
        later = len(self.accepted) - bisect_right(self.accepted, now)
        if later:
            self.accepted[-later:] = [now] * later
        del self.accepted[: bisect_right(self.accepted, now - self.window_seconds)]
        return self.accepted

    def is_outdated(self, now: float) -> bool:
        """Whether nothing counts any longer."""
        return not self.accepted or self.accepted[-1] <= now - self.window_seconds


class MemoryStore:
    """Count the requests of this process; threads may share it.

    Args:
        max_keys: callers that are remembered, each with the times of its accepted requests. Who has no request left that
            counts is forgotten by and by; beyond `max_keys`, so is the one that was heard of longest ago.
        clock: seconds. When it is set back, nobody waits for longer than a window.
    """

    def __init__(self, *, max_keys: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_keys = max_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def __len__(self) -> int:
        return len(self._callers)

    async def hit(self, allowances: Sequence[Allowance]) -> tuple[Standing, ...]:
        """Count one request against all of these, or against none."""
        with self._lock:
            now = self._clock()
            counted = [(self._within(one.key, now), one.rate) for one in allowances]
            found = standings(counted, now)
            if all(one.is_allowed for one in found):
                self._count(allowances, now)
            self._forget(now)
            return found

    def _within(self, key: str, now: float) -> list[float]:
        caller = self._callers.get(key)
        if caller is None:
            return []
        self._callers.move_to_end(key)
        return caller.within(now)

    def _count(self, allowances: Sequence[Allowance], now: float) -> None:
        # Two allowances of one key are the same one: a request is one request.
        for key, rate in dict(allowances).items():
            self._callers.setdefault(key, _Caller(rate.window_seconds)).accepted.append(now)

    def _forget(self, now: float) -> None:
        """Forget some whose requests count no longer, and whoever is too many."""
        for key, caller in list(islice(self._callers.items(), _SWEEP)):
            if caller.is_outdated(now):
                del self._callers[key]
        while len(self._callers) > self._max_keys:
            self._callers.popitem(last=False)
