"""The door to whatever counts: a process, a server that several of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from twofold.limits.rate import Rate
from twofold.limits.standing import Standing


class Allowance(NamedTuple):
    """What one caller has with one limit.

    Attributes:
        key: of the limit and the caller.
    """

    key: str
    rate: Rate


class Store(Protocol):
    """Count requests. Raises `StoreUnavailable` when the backend cannot answer."""

    async def hit(self, allowances: Sequence[Allowance]) -> tuple[Standing, ...]:
        """Count one request against all of these, or against none when one of them refuses it, in one atomic step.

        Returns:
            How the caller stands with each, in their order.
        """
        ...
