"""Run an effect at most once for a call key, and give every duplicate the outcome of the first.

The caller may go away at any await (a browser that disconnects cancels its request): the effect is not the
caller's. It runs to its end in a task of its own, and its outcome waits for the retry.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from twofold.errors import Conflict, ContractError, NotFound, Redirect, StoreUnavailable
from twofold.idempotency.store import Completed, InFlight, Mismatched, Started, Store

DAY_SECONDS = 24 * 60 * 60
MAX_OUTCOME_BYTES = 64 * 1024

log = logging.getLogger(__name__)
T = TypeVar("T")


class KeyReused(
    ContractError,
    code="KEY_REUSED",
    status=422,
    message="This idempotency key was used for a different request. Send a new key with a new request",
):
    """The key stands for another payload."""


@dataclass(frozen=True, slots=True)
class NotStored:
    """An answer that is not kept: nothing happened, so a retry runs again (a refused input, a rollback)."""

    payload: bytes


@dataclass(slots=True)  # a frozen one takes a microsecond to make
class Outcome:
    """What a call gave, in this run or in the one that it repeats."""

    payload: bytes
    is_replay: bool


Run: TypeAlias = Callable[[], Awaitable[bytes | NotStored]]
"""An effect, and its answer."""


async def once(
    store: Store,
    identity: str,
    fingerprint: bytes,
    run: Run,
    *,
    wait_seconds: float = 10,
    lease_seconds: float = 60,
    ttl_seconds: float = DAY_SECONDS,
) -> Outcome:
    """Run the effect unless it has run; then give its outcome again.

    Args:
        run: runs in a task of its own with a copy of the caller's context variables. What it raises releases the
            key, as does `NotStored`; bytes are kept. Beyond 64 KiB only the fact that it ran is kept.
        wait_seconds: how long a duplicate waits for a call in flight.
        lease_seconds: how long a crashed process keeps the key; renewed while the effect runs.
        ttl_seconds: how long the outcome is kept.

    Raises:
        Conflict: another call holds the key for longer than `wait_seconds`, or its answer was too large to keep.
        KeyReused: the key stands for another payload.
    """
    call = _Call(store, identity, fingerprint, lease_seconds, ttl_seconds)
    outcome = await shielded(call.attempt(run))
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_seconds
    while outcome is None:
        remaining_seconds = deadline - clock()
        if remaining_seconds <= 0:
            raise Conflict("This request is still being processed", details="idempotency-in-flight", retry_after=1)
        await store.wait(identity, timeout_seconds=remaining_seconds)
        outcome = await shielded(call.attempt(run))
    return outcome


async def drain(*, timeout_seconds: float) -> None:
    """Wait for the effects of this event loop whose callers have gone away, as a server does before it stops."""
    loop = asyncio.get_running_loop()
    mine = {task for task in _effects.values() if task.get_loop() is loop}
    if mine:
        await asyncio.wait(mine, timeout=timeout_seconds)


class _Call:
    __slots__ = ("fingerprint", "identity", "lease_seconds", "store", "ttl_seconds")

    def __init__(self, store: Store, identity: str, fingerprint: bytes, lease_seconds: float, ttl_seconds: float) -> None:
        self.store = store
        self.identity = identity
        self.fingerprint = fingerprint
        self.lease_seconds = lease_seconds
        self.ttl_seconds = ttl_seconds

    async def attempt(self, run: Run) -> Outcome | None:
        """Run or replay; None while another call holds the key."""
        begun = await self.store.begin(self.identity, self.fingerprint, lease_seconds=self.lease_seconds)
        if not isinstance(begun, Started):
            return _repeated(begun)
        renewals, fence = _renewals_of(self.lease_seconds), begun.fence
        renewals.add(self, fence)
        try:
            answer = await run()
        except BaseException:
            await self.release(fence)
            raise
        finally:
            renewals.end(self)
        if isinstance(answer, NotStored):
            await self.release(fence)
            return Outcome(answer.payload, is_replay=False)
        return await self.keep(fence, answer)

    async def renew(self, fence: int) -> None:
        is_held = True
        while is_held:
            try:
                is_held = await self.store.renew(self.identity, fence, lease_seconds=self.lease_seconds)
            except StoreUnavailable:
                log.warning("the lease of a call in flight could not be renewed", exc_info=True)
            await asyncio.sleep(self.lease_seconds / 3)

    async def release(self, fence: int) -> None:
        try:
            await self.store.release(self.identity, fence)
        except StoreUnavailable:
            # The lease frees the key in its time; the failure that is on its way to the caller tells more.
            log.warning("the key of a failed call could not be released", exc_info=True)

    async def keep(self, fence: int, answer: bytes) -> Outcome:
        try:
            is_kept = await self.store.complete(self.identity, fence, _framed(answer), ttl_seconds=self.ttl_seconds)
        except StoreUnavailable:
            # The effect has happened: to tell the caller otherwise would invite a second one.
            log.exception("the outcome of a call could not be kept; a retry after its lease runs again")
            return Outcome(answer, is_replay=False)
        if is_kept:
            return Outcome(answer, is_replay=False)
        return await self.overtaken(answer)

    async def overtaken(self, answer: bytes) -> Outcome:
        """Settle a call whose lease another one took over: equal keys get equal answers."""
        log.warning("a call outlived its lease of %s s and was taken over", self.lease_seconds)
        begun = await self.store.begin(self.identity, self.fingerprint, lease_seconds=self.lease_seconds)
        match begun:
            case Completed(outcome):
                return _replayed(outcome)
            case InFlight() | Mismatched():
                raise Conflict("This request is still being processed", details="idempotency-overtaken", retry_after=1)
        # The one that took over gave up, and this effect is the one that happened.
        return await self.keep(begun.fence, answer)


def _repeated(begun: InFlight | Completed | Mismatched) -> Outcome | None:
    """Give what a duplicate gets; None while the first one has not ended."""
    match begun:
        case Completed(outcome):
            return _replayed(outcome)
        case Mismatched():
            raise KeyReused
        case InFlight():
            return None


_KEPT, _TOO_LARGE = b"\x00", b"\x01"


def _framed(answer: bytes) -> bytes:
    if len(answer) <= MAX_OUTCOME_BYTES:
        return _KEPT + answer
    log.warning("an answer of %d bytes is too large to keep: a duplicate gets 409; answer with a link", len(answer))
    return _TOO_LARGE


def _replayed(outcome: bytes) -> Outcome:
    if outcome[:1] == _TOO_LARGE:
        raise Conflict("This request was already processed", details="idempotency-answer-not-kept")
    return Outcome(outcome[1:], is_replay=True)


class _Renewals:
    """The leases of calls in flight: one timer for all of them, because most calls have ended long before it rings.

    Args:
        seconds: a third of the lease. A call is renewed first when the timer rings, which is sooner.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._calls: dict[_Call, int] = {}
        self._tasks: dict[_Call, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, call: _Call, fence: int) -> None:
        self._calls[call] = fence
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def end(self, call: _Call) -> None:
        del self._calls[call]
        task = self._tasks.pop(call, None)
        if task is not None:
            task.cancel()

    def _ring(self) -> None:
        self._timer = None
        for call, fence in self._calls.items():
            if call not in self._tasks:
                self._tasks[call] = asyncio.create_task(call.renew(fence))


_renewals: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, _Renewals]] = WeakKeyDictionary()


def _renewals_of(lease_seconds: float) -> _Renewals:
    by_lease = _renewals.setdefault(asyncio.get_running_loop(), {})
    found = by_lease.get(lease_seconds)
    if found is None:
        found = by_lease[lease_seconds] = _Renewals(lease_seconds / 3)
    return found


# The event loop holds tasks weakly: without this an effect whose caller has gone could be collected halfway.
_effects: dict[asyncio.Future[Any], asyncio.Task[Any]] = {}


async def shielded(effect: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine that survives the cancellation of the one who awaits it."""
    loop = asyncio.get_running_loop()
    # A future that the effect itself ends wakes the caller a turn of the loop sooner than `asyncio.shield`.
    ended: asyncio.Future[T] = loop.create_future()
    _effects[ended] = loop.create_task(_told(effect, ended))
    return await ended


async def _told(effect: Coroutine[Any, Any, T], ended: asyncio.Future[T]) -> None:
    try:
        result = await effect
    except asyncio.CancelledError:
        ended.cancel()
        raise
    except BaseException as error:
        if ended.done():
            _report(error)
        else:
            ended.set_exception(error)
        if not isinstance(error, (Exception, NotFound, Redirect)):
            raise
    else:
        if not ended.done():
            ended.set_result(result)
    finally:
        del _effects[ended]


def _report(error: BaseException) -> None:
    """Log what nobody is left to hear."""
    if not isinstance(error, ContractError | NotFound | Redirect):
        log.error("an effect failed after its caller had gone", exc_info=error)
