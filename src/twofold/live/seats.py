"""How many streams there may be: in total, so that pages find a connection too, and for each client, so that one leaves some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network, ip_address

MAX_STREAMS = 800
"""Below the 1,000 connections that `twofold serve` holds."""

MAX_STREAMS_PER_ADDRESS = 64
"""A browser holds one, but a school or an office can share one address."""


class Seats:
    """The streams that are open, counted by address.

    Args:
        total: of all clients together.
        per_address: of one IPv4 address, or of one IPv6 network of 64 bits.
    """

    def __init__(self, total: int = MAX_STREAMS, per_address: int = MAX_STREAMS_PER_ADDRESS) -> None:
        self._total = total
        self._per_address = per_address
        self._taken: Counter[str | None] = Counter()

    @property
    def taken(self) -> int:
        """How many streams there are."""
        return self._taken.total()

    def has_room(self, address: str | None) -> bool:
        """Whether one more may open."""
        # Over a Unix socket that nobody vouches for all clients look alike, so only the total counts.
        is_crowd = address is not None and self._taken[neighbourhood(address)] >= self._per_address
        return self.taken < self._total and not is_crowd

    @contextmanager
    def one(self, address: str | None) -> Iterator[None]:
        """Take a seat for the block."""
        place = neighbourhood(address)
        self._taken[place] += 1
        try:
            yield
        finally:
            self._taken[place] -= 1
            if not self._taken[place]:
                del self._taken[place]


def neighbourhood(address: str | None) -> str | None:
    """Give what counts as one client: an IPv6 subscriber has a whole network of addresses (RFC 6177)."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address
