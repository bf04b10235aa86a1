"""What a computation read through other cached functions, and what follows for its own entry.

An entry inherits the tags, the shorter lifetime and the common guards of everything that it was computed from, so that a
revalidation reaches every value that shows the data, however deep it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from itertools import chain
from typing import NamedTuple

from twofold.cache.store import Entry, Token, Versions

MAX_INHERITED_TAGS = 1024


class Reading(NamedTuple):
    """A value that a read gives.

    Attributes:
        entry: what it was computed under; None when nothing may be built on it (computed around the cache).
        fresh_until: on the store's clock; None for ever.
    """

    value: bytes
    entry: Entry | None
    fresh_until: float | None = None


class Notes:
    """What one computation has read so far."""

    def __init__(self) -> None:
        self.fresh_until: float | None = None
        self._inherited: dict[str, Token] = {}
        self._guards: Mapping[str, Token] | None = None
        self._is_storable = True

    def spoil(self) -> None:
        """Store nothing: a read failed or went around the cache, so its versions are not known."""
        self._is_storable = False

    def add(self, reading: Reading) -> None:
        """Take down what one cached read gave."""
        entry = reading.entry
        if entry is None:
            self.spoil()
            return
        for tag, token in chain(zip(entry.tags, entry.tokens, strict=True), entry.inherited):
            # Two tokens of one tag: it was revalidated between two reads, and the first value is outdated.
            if self._inherited.setdefault(tag, token) != token:
                self.spoil()
        self._guards = entry.guards if self._guards is None else _common(self._guards, entry.guards)
        self.fresh_until = earliest(self.fresh_until, reading.fresh_until)

    def entry(self, value: bytes, tags: tuple[str, ...], versions: Versions) -> Entry | None:
        """Give the entry of the finished computation; None when it must not be stored."""
        inherited = tuple((tag, token) for tag, token in self._inherited.items() if tag not in tags)
        if not self._is_storable or len(inherited) > MAX_INHERITED_TAGS:
            return None
        # A guard says "newer than that path's revalidation", which holds only if it holds for everything read.
        guards = versions.guards if self._guards is None else _common(versions.guards, self._guards)
        return Entry(value, versions.epoch, tags, versions.tokens, inherited, guards)


enclosing: ContextVar[Notes | None] = ContextVar("twofold_cache_notes", default=None)
"""The notes of the computation that a cached read is part of."""


def earliest(first: float | None, second: float | None) -> float | None:
    """Give the earlier of two times, None being never."""
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


def _common(first: Mapping[str, Token], second: Mapping[str, Token]) -> dict[str, Token]:
    return {path: token for path, token in first.items() if second.get(path) == token}
