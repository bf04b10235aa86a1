"""Holding a lock for the time of a block."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from twofold.errors import ConfigurationError, Conflict, StoreUnavailable
from twofold.locks.context import current_store
from twofold.locks.store import Store

WAIT_SECONDS = 30.0
LEASE_SECONDS = 30.0

log = logging.getLogger(__name__)


class Busy(Conflict):
    """Others held the lock for as long as the caller was ready to wait. Nothing ran."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lock that is held.

    Args:
        fence: grows from holder to holder. A write that carries it, `UPDATE ... WHERE fence < :fence`, cannot be overtaken by
            one of a former holder that was away for longer than its lease.
    """

    name: str
    fence: int


@dataclass(slots=True)
class _Held:
    store: Store
    lease: Lease
    task: asyncio.Task[Any] | None
    is_open: bool = True


_held: ContextVar[tuple[_Held, ...]] = ContextVar("twofold_locks_held", default=())


@asynccontextmanager
async def hold(name: str, *, wait_seconds: float = WAIT_SECONDS, lease_seconds: float = LEASE_SECONDS) -> AsyncIterator[Lease]:
    """Hold the lock of this name inside the block: everyone else who asks for it waits, first come, first served.

        async with hold("stock:A-1"):
            ...                         # no other task, and no other browser, is in here

    A block inside a block of the same task and name enters at once. Of several locks, take always the same one first.

    Args:
        wait_seconds: how long to wait behind others.
        lease_seconds: how long the lock of a crashed process stays taken; renewed while the block runs.

    Raises:
        Busy: others held it for `wait_seconds`.
        ConfigurationError: the task that started this one holds it, so that both would wait for each other.
        StoreUnavailable: whoever grants the locks cannot answer.
    """
    store = current_store()
    outer = _around(store, name)
    if outer is not None:
        yield outer.lease
        return
    fence = await store.acquire(name, lease_seconds=lease_seconds, wait_seconds=wait_seconds)
    if fence is None:
        raise Busy("Others are changing this right now. Try again", details="lock-busy", retry_after=1)
    held = _Held(store, Lease(name, fence), asyncio.current_task())
    renewal = asyncio.create_task(_renew(held, lease_seconds))
    token = _held.set((*_held.get(), held))
    try:
        yield held.lease
    finally:
        _held.reset(token)
        held.is_open = False
        renewal.cancel()
        await _release(held)


def _around(store: Store, name: str) -> _Held | None:
    """Give the block around this one that holds the lock already.

    A task that the holder has started inherits its context, but not its turn: two of them would be in the block at once.
    """
    for held in _held.get():
        if held.is_open and held.store is store and held.lease.name == name:
            if held.task is asyncio.current_task():
                return held
            raise ConfigurationError(
                f"the lock {name!r} is held by the task that started this one, and both would wait for each other. "
                "Take it in the task that holds it, or start the task when the lock is free again"
            )
    return None


async def _renew(held: _Held, lease_seconds: float) -> None:
    is_held = True
    while is_held:
        await asyncio.sleep(lease_seconds / 3)
        try:
            is_held = await held.store.renew(held.lease.name, held.lease.fence, lease_seconds=lease_seconds)
        except StoreUnavailable:
            log.warning("the lock %r could not be renewed", held.lease.name, exc_info=True)
    log.error("the lock %r was lost while its holder worked: another may be at work too", held.lease.name)


async def _release(held: _Held) -> None:
    try:
        await held.store.release(held.lease.name, held.lease.fence)
    except StoreUnavailable:
        # The lease frees the lock in its time; what the block did has happened, or its failure tells more.
        log.warning("the lock %r could not be released", held.lease.name, exc_info=True)
