"""The request that is being handled, as the services below it see it: which stores it uses, and what it revalidates.

One context variable for all of that, because each is set and reset for every request.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Protocol


class ServedStores(Protocol):
    """The stores of the app that handles the request."""

    @property
    def cache_store(self) -> Any:
        """Of cached functions."""
        ...

    @property
    def lock_store(self) -> Any:
        """Of locks."""
        ...


class Served(Protocol):
    """A request.

    Attributes:
        pending: what it has revalidated so far; None where that is nothing.
        collects: whether it may revalidate; None before its body, False after it.
    """

    pending: Any
    collects: bool | None

    @property
    def setup(self) -> ServedStores:
        """What the app holds."""
        ...


served: ContextVar[Any] = ContextVar("twofold_call")


def current_request() -> Served | None:
    """Give the request that is being handled; None outside of one."""
    found: Served | None = served.get(None)
    return found
