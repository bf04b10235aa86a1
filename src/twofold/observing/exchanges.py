"""What is told of a request under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""All others count as one, so that a client cannot make up series of measurements."""


class Exchange:
    """A request under way. Its route is a pattern of the app, never a path: there are only so many of them."""

    def __init__(self, method: str) -> None:
        self.attributes: dict[str, str | int] = {"http.request.method": method if method in KNOWN_METHODS else "_OTHER"}

    def answered(self, route: str, status: int) -> None:
        """Say which route answered, if any, and how."""
        if route:
            self.attributes["http.route"] = route
        self.attributes["http.response.status_code"] = status


class Listener:
    """Whether anybody listened when `listen` last looked, and what measures for them."""

    is_there = False
    measure: Callable[[str, str], AbstractContextManager[Any]]
    measure_exchange: Callable[[str, Sequence[tuple[bytes, bytes]]], AbstractContextManager[Exchange]]


LISTENER = Listener()
