"""The stores of an app, together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from twofold import cache as caching
from twofold import idempotency as calling_once
from twofold import limits as limiting
from twofold import locks as locking


async def nothing() -> None:
    """Do nothing, where there is no server to ask or to leave."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of an app.

    Args:
        ping: returns when the server behind them answers; raises `StoreUnavailable` when it does not.
        close: gives up the connections to it.
    """

    cache: caching.Store
    idempotency: calling_once.Store
    locks: locking.Store
    limits: limiting.Store
    ping: Callable[[], Awaitable[None]] = nothing
    close: Callable[[], Awaitable[None]] = nothing

    @property
    def are_shared(self) -> bool:
        """Whether several processes of the app would see the same."""
        own = caching.MemoryStore, calling_once.MemoryStore, locking.MemoryStore, limiting.MemoryStore
        return not any(isinstance(one, own) for one in (self.cache, self.idempotency, self.locks, self.limits))

    def given(
        self,
        cache: caching.Store | None,
        idempotency: calling_once.Store | None,
        locks: locking.Store | None,
        limits: limiting.Store | None,
    ) -> Stores:
        """Put those in place that an app was given."""
        return replace(
            self,
            cache=self.cache if cache is None else cache,
            idempotency=self.idempotency if idempotency is None else idempotency,
            locks=self.locks if locks is None else locks,
            limits=self.limits if limits is None else limits,
        )
