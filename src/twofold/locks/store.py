"""The door to whatever grants locks: a process, a server that several of them share."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Grant locks by name. Every method raises `StoreUnavailable` when the backend cannot answer."""

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:
        """Take the lock, in the order in which callers came.

        Args:
            lease_seconds: how long a holder that has crashed keeps the lock, where the store outlives its holders.
            wait_seconds: how long to wait behind others.

        Returns:
            The fence: greater than that of every earlier holder of this lock. None when the time is over. Whoever gets
            None, or is cancelled while it waits, holds nothing and stands in nobody's way.
        """
        ...

    async def renew(self, name: str, fence: int, *, lease_seconds: float) -> bool:
        """Restart the lease of a holder that still works; False when it no longer holds the lock."""
        ...

    async def release(self, name: str, fence: int) -> None:
        """Give the lock to the next in line; nothing happens when the caller no longer holds it."""
        ...
