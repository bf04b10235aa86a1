"""The door to whatever keeps the state of call keys: a process, a database, a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(slots=True)  # frozen ones take a microsecond to make
class Started:
    """The key is claimed for this caller, which runs the effect and completes or releases with the fence."""

    fence: int


@dataclass(slots=True)  # frozen ones take a microsecond to make
class InFlight:
    """Another caller holds the key."""


@dataclass(slots=True)  # frozen ones take a microsecond to make
class Completed:
    """The effect has happened and this is what it gave."""

    outcome: bytes


@dataclass(slots=True)  # frozen ones take a microsecond to make
class Mismatched:
    """The key stands for another payload."""


Begun: TypeAlias = Started | InFlight | Completed | Mismatched
"""What `Store.begin` found."""


class Store(Protocol):
    """Keep the state of call keys. Every method is atomic, and raises `StoreUnavailable` when the backend cannot answer."""

    async def begin(self, identity: str, fingerprint: bytes, *, lease_seconds: float) -> Begun:
        """Claim the key, or tell why not, by the table of `decide`.

        A claim is one atomic step (a unique insert, a script): of any number of concurrent callers one is `Started`.

        Raises:
            Unavailable: there is no room for another call in flight.
        """
        ...

    async def renew(self, identity: str, fence: int, *, lease_seconds: float) -> bool:
        """Restart the lease of a call that still runs; False when it no longer holds the key."""
        ...

    async def complete(self, identity: str, fence: int, outcome: bytes, *, ttl_seconds: float) -> bool:
        """Keep the outcome and end the call; False, and nothing changes, when it no longer holds the key."""
        ...

    async def release(self, identity: str, fence: int) -> None:
        """Forget the claim so that a retry runs; nothing happens when the caller no longer holds the key."""
        ...

    async def wait(self, identity: str, *, timeout_seconds: float) -> None:
        """Return when no call holds the key, or when the time is over; the caller asks `begin` which it was."""
        ...
