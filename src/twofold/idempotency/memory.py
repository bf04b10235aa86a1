"""Call keys in the memory of one process, on one event loop: bounded, expiring, gone with the process."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from twofold.errors import ConfigurationError, Unavailable
from twofold.idempotency.decision import Claimed, Decision, Done, decide
from twofold.idempotency.store import Begun, Completed, InFlight, Mismatched, Started

SWEEP_BATCH = 100
"""Expired entries dropped per call at most, so that no call pays for a flood of them."""


@dataclass(slots=True)
class _Call(Claimed):
    """A call in flight; who waits for its end makes the event."""

    ended: asyncio.Event | None = None


class MemoryStore:
    """Keep call keys in this process.

    When it is full, the oldest completed calls are forgotten and would run again; calls in flight never are.

    Args:
        max_entries: calls kept, in flight or completed.
        max_bytes: size of all outcomes kept together; the newest outcome is always kept.
        clock: seconds, never going back.
    """

    def __init__(
        self, *, max_entries: int = 100_000, max_bytes: int = 64 * 1024 * 1024, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if max_entries < 1 or max_bytes < 1:
            raise ConfigurationError(f"MemoryStore(max_entries={max_entries}, max_bytes={max_bytes}): both take at least 1")
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        # One counter for all keys: a forgotten key that comes back can never reuse a fence that a zombie holds.
        self._fences = itertools.count(1)
        self._in_flight: dict[str, _Call] = {}
        self._done: OrderedDict[str, Done] = OrderedDict()  # in order of completion
        # By how long outcomes are kept, the next to expire first; may name some that are gone.
        self._expiries: dict[float, deque[tuple[float, str]]] = {}
        self._size_bytes = 0

    def __len__(self) -> int:
        return len(self._in_flight) + len(self._done)

    async def begin(self, identity: str, fingerprint: bytes, *, lease_seconds: float) -> Begun:
        """Claim the key, or tell why not."""
        now = self._clock()
        self._sweep(now)
        state = self._in_flight.get(identity) or self._done.get(identity)
        if state is None:  # as `decide` says too, for nearly every call
            return self._claim(identity, fingerprint, now + lease_seconds)
        match decide(state, fingerprint, now):
            case Decision.EXECUTE | Decision.TAKEOVER:
                self._forget(identity)
                return self._claim(identity, fingerprint, now + lease_seconds)
            case Decision.WAIT:
                return InFlight()
            case Decision.REPLAY if isinstance(state, Done):
                return Completed(state.outcome)
            case _:
                return Mismatched()

    async def renew(self, identity: str, fence: int, *, lease_seconds: float) -> bool:
        """Restart the lease of a call that still runs."""
        call = self._held(identity, fence)
        if call is None:
            return False
        call.lease_until = self._clock() + lease_seconds
        return True

    async def complete(self, identity: str, fence: int, outcome: bytes, *, ttl_seconds: float) -> bool:
        """Keep the outcome and end the call."""
        call = self._held(identity, fence)
        if call is None:
            return False
        expires_at = self._clock() + ttl_seconds
        self._done[identity] = Done(call.fingerprint, outcome, expires_at)
        self._size_bytes += len(outcome)
        self._expect(ttl_seconds, expires_at, identity)
        self._end(identity, call)
        while self._size_bytes > self._max_bytes and len(self._done) > 1:
            self._evict_oldest()
        return True

    async def release(self, identity: str, fence: int) -> None:
        """Forget the claim so that a retry runs."""
        call = self._held(identity, fence)
        if call is not None:
            self._end(identity, call)

    async def wait(self, identity: str, *, timeout_seconds: float) -> None:
        """Return when no call holds the key, or when the time is over."""
        call = self._in_flight.get(identity)
        if call is None:
            return
        if call.ended is None:
            call.ended = asyncio.Event()
        try:
            async with asyncio.timeout(timeout_seconds):
                await call.ended.wait()
        except TimeoutError:
            return

    def _held(self, identity: str, fence: int) -> _Call | None:
        call = self._in_flight.get(identity)
        return call if call is not None and call.fence == fence else None

    def _claim(self, identity: str, fingerprint: bytes, lease_until: float) -> Started:
        fence = next(self._fences)
        call = self._in_flight.get(identity)
        if call is None:
            self._make_room()
            self._in_flight[identity] = _Call(fingerprint, fence, lease_until)
        else:  # those who wait for the call wait on
            call.fence, call.lease_until = fence, lease_until
        return Started(fence)

    def _end(self, identity: str, call: _Call) -> None:
        del self._in_flight[identity]
        if call.ended is not None:
            call.ended.set()

    def _make_room(self) -> None:
        if len(self._in_flight) + len(self._done) < self._max_entries:
            return
        if not self._done:
            raise Unavailable(details="The idempotency store is full of calls in flight", retry_after=1)
        self._evict_oldest()

    def _evict_oldest(self) -> None:
        self._forget(next(iter(self._done)))

    def _forget(self, identity: str) -> None:
        done = self._done.pop(identity, None)
        if done is not None:
            self._size_bytes -= len(done.outcome)

    def _sweep(self, now: float) -> None:
        for waiting in self._expiries.values():
            if waiting and waiting[0][0] <= now:
                self._drop_expired(waiting, now)

    def _drop_expired(self, waiting: deque[tuple[float, str]], now: float) -> None:
        for _ in range(SWEEP_BATCH):
            if not waiting or waiting[0][0] > now:
                break
            _, identity = waiting.popleft()
            done = self._done.get(identity)
            if done is not None and done.expires_at <= now:
                self._forget(identity)

    def _expect(self, ttl_seconds: float, expires_at: float, identity: str) -> None:
        waiting = self._expiries.get(ttl_seconds)
        if waiting is None:
            waiting = self._expiries[ttl_seconds] = deque()
        waiting.append((expires_at, identity))
        if len(waiting) > 2 * self._max_entries:
            self._expiries[ttl_seconds] = deque(one for one in waiting if self._is_expected(*one))

    def _is_expected(self, expires_at: float, identity: str) -> bool:
        done = self._done.get(identity)
        return done is not None and done.expires_at == expires_at
