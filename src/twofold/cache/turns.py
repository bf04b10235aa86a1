"""Of all processes that miss the same value, one computes it; the others wait for what it stores.

It spares work and decides nothing: a process that waits takes only what it could have computed itself, under the versions
that it saw itself, and computes after all when nothing comes.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from types import TracebackType
from typing import Self

from twofold.cache.notes import Reading
from twofold.cache.store import Entry, Lookup, Store, Versions
from twofold.errors import StoreUnavailable

LEASE_SECONDS = 10.0
"""How long the others wait for a process that has crashed. What takes longer to compute is computed more than once."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.004, 0.1


class Turn:
    """The time in which this process computes a value and the others do not.

    Attributes:
        found: what another process has stored meanwhile; then there is nothing to compute.
    """

    def __init__(self, store: Store, key: bytes, tags: tuple[str, ...], versions: Versions) -> None:
        self._store = store
        self._key = key
        self._tags = tags
        self._versions = versions
        self._name = hashlib.sha256(b"".join([key, versions.epoch, *versions.tokens, *versions.guards.values()])).digest()
        self.found: Reading | None = None

    async def __aenter__(self) -> Self:
        pause_seconds = FIRST_PAUSE_SECONDS
        with suppress(StoreUnavailable):
            while not await self._store.lead(self._name, lease_seconds=LEASE_SECONDS):
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 1.5, LONGEST_PAUSE_SECONDS)
                self.found = await self._stored()
                if self.found is not None:
                    return self
            if pause_seconds != FIRST_PAUSE_SECONDS:  # who led before may have stored it since the last look
                self.found = await self._stored()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(StoreUnavailable):  # the lease ends by itself
            await self._store.lead_ends(self._name)

    async def _stored(self) -> Reading | None:
        lookup = await self._store.read(self._key, self._tags, None)
        entry = lookup.entry
        if entry is None or not _is_as_good(entry, lookup, self._versions):
            return None
        if entry.inherited and await self._store.versions(entry.inherited_tags) != entry.inherited_tokens:
            return None
        return Reading(entry.value, entry, None if lookup.fresh_seconds is None else self._store.clock() + lookup.fresh_seconds)


def _is_as_good(entry: Entry, lookup: Lookup, versions: Versions) -> bool:
    """Whether an entry was computed under the versions that this process would compute under, and is still fresh."""
    is_same = entry.epoch == versions.epoch and entry.tokens == versions.tokens
    return (
        is_same and versions.guards.items() <= entry.guards.items() and (lookup.fresh_seconds is None or lookup.fresh_seconds > 0)
    )
