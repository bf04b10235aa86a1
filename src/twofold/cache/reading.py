"""Reading through the cache: look up, decide, compute once.

The promise: if an invalidation of a tag returned before a read started, the read gives no value whose computation read
the source of truth before that invalidation was called. It holds because

1. the versions of the tags are minted BEFORE computing, and stored with the value;
2. a stored value is served only when every one of its versions exists and equals the present one;
3. a computation in flight is joined only by readers that saw the same versions.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from twofold.cache.context import computing, current_path, current_store, is_bypassed
from twofold.cache.flights import Flights
from twofold.cache.freshness import FRESH, Verdict, judge, judge_inherited
from twofold.cache.notes import Notes, Reading, earliest, enclosing
from twofold.cache.recording import recorder
from twofold.cache.revalidation import current_pending
from twofold.cache.store import NO_GUARDS, Entry, Store, Versions
from twofold.cache.turns import Turn
from twofold.errors import StoreUnavailable
from twofold.observing import span

MAX_GUARDS = 64
"""How many paths an entry remembers to be newer than; a page beyond them computes once more."""

Compute: TypeAlias = Callable[[], Awaitable[bytes]]

_logger = logging.getLogger("twofold.cache")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one read wants.

    Attributes:
        compute: reads the source of truth.
        size_bytes: of the arguments and tags.
    """

    key: bytes
    tags: tuple[str, ...]
    compute: Compute
    size_bytes: int = 0


@dataclass(slots=True)
class Reader:
    """The reads of one cached function.

    Attributes:
        ttl_seconds: how long a value is fresh, counted from the start of its computation; None for ever.
        stale_seconds: how much longer it is served while a new one is computed.
        max_staleness_seconds: for which a revalidation by another process may be missed.
    """

    name: str
    ttl_seconds: float | None
    stale_seconds: float
    max_staleness_seconds: float = 0
    flights: Flights[Reading] = field(default_factory=Flights)

    async def read(self, wanted: Wanted) -> bytes:
        """Give the value, and let the computation around this read inherit what it depends on."""
        notes, record = enclosing.get(), recorder.get()
        if record is not None:
            record.add(wanted.tags)
        try:
            reading = await self._reading(wanted)
        except BaseException:
            if notes is not None:
                notes.spoil()
            raise
        if notes is not None:
            notes.add(reading)
        if record is not None and reading.entry is not None:
            record.add(reading.entry.inherited_tags)
        return reading.value

    async def _reading(self, wanted: Wanted) -> Reading:
        path = current_path.get()
        if is_bypassed() or _is_pending(wanted.tags, path):
            return await self._direct(wanted)
        store = current_store()
        reading = None
        while reading is None:
            try:
                found = await self._look_up(store, wanted, path)
            except StoreUnavailable:
                return await self._direct(wanted)
            reading = await self._computed(store, wanted, found, path) if isinstance(found, Versions) else found
        if reading.entry is not None and reading.entry.inherited and _is_pending(reading.entry.inherited_tags, path):
            return await self._direct(wanted)
        return reading

    async def _look_up(self, store: Store, wanted: Wanted, path: str | None) -> Reading | Versions:
        """Give the stored value when it may be served, otherwise the versions to compute a new one under."""
        reads = store.near(self.max_staleness_seconds) if self.max_staleness_seconds else store
        lookup = await reads.read(wanted.key, wanted.tags, path)
        entry, verdict = lookup.entry, judge(lookup, path)
        if entry is not None and verdict is FRESH and not entry.inherited:  # nearly every read of what is read often
            return Reading(entry.value, entry, None if lookup.fresh_seconds is None else store.clock() + lookup.fresh_seconds)
        if entry is not None and verdict.is_served and entry.inherited:
            verdict = judge_inherited(verdict, entry, await reads.versions(entry.inherited_tags))
        if entry is None or not verdict.is_served:
            return await _mint(store, wanted.tags, path, entry)
        if verdict is Verdict.EXPIRED:
            self._refresh(store, wanted, entry, path)
        fresh_until = None if lookup.fresh_seconds is None else store.clock() + lookup.fresh_seconds
        return Reading(entry.value, entry, fresh_until)

    async def _computed(self, store: Store, wanted: Wanted, versions: Versions, path: str | None) -> Reading | None:
        """Compute, or share what another reader computes; None when that is outdated for this reader."""
        compute = partial(self._compute_and_store, store, wanted, versions)
        reading, is_own = await self.flights.join(self._identity(wanted, versions, path), compute)
        if is_own:
            return reading
        if reading.entry is None:
            return await self._direct(wanted)
        # The name of the computation holds the versions of the function's own tags. What it read through other cached
        # functions may have been revalidated after it was read and before this reader came.
        return reading if await _inherited_is_current(store, reading.entry) else None

    def _refresh(self, store: Store, wanted: Wanted, entry: Entry, path: str | None) -> None:
        versions = Versions(entry.epoch, entry.tokens, entry.guards)
        self.flights.start(
            self._identity(wanted, versions, path),
            partial(self._compute_and_store, store, wanted, versions),
            lambda error: _logger.error("Refreshing %s failed; its old value is served on", self.name, exc_info=error),
        )

    def _identity(self, wanted: Wanted, versions: Versions, path: str | None) -> Hashable:
        guard = None if path is None else versions.guards.get(path)
        return self.flights.identity(wanted.key, (versions.epoch, versions.tokens, guard))

    async def _compute_and_store(self, store: Store, wanted: Wanted, versions: Versions) -> Reading:
        # This is a task of its own, so that the context variables end with it.
        notes = Notes()
        enclosing.set(notes)
        computing.set(self.name)
        async with Turn(store, wanted.key, wanted.tags, versions) as turn:
            if turn.found is not None:
                return turn.found
            started = store.clock()
            with span("cached", self.name):
                value = await wanted.compute()
            expiry = None if self.ttl_seconds is None else started + self.ttl_seconds
            reading = Reading(value, notes.entry(value, wanted.tags, versions), earliest(notes.fresh_until, expiry))
            await self._store(store, wanted.key, reading)
            return reading

    async def _store(self, store: Store, key: bytes, reading: Reading) -> None:
        fresh_seconds = None if reading.fresh_until is None else reading.fresh_until - store.clock()
        if reading.entry is None or (fresh_seconds is not None and fresh_seconds + self.stale_seconds <= 0):
            return
        with suppress(StoreUnavailable):  # a lost entry is a miss
            await store.write(key, reading.entry, fresh_seconds=fresh_seconds, stale_seconds=self.stale_seconds)

    async def _direct(self, wanted: Wanted) -> Reading:
        """Compute for this reader alone and store nothing."""
        token = computing.set(self.name)
        try:
            with span("cached", self.name):
                return Reading(await wanted.compute(), None)
        finally:
            computing.reset(token)


async def _mint(store: Store, tags: tuple[str, ...], path: str | None, outdated: Entry | None) -> Versions:
    """Give the versions to compute under: of the tags, of the page's path, and of the paths that the old entry knew.

    A value computed after a path's token was read is newer than that path's revalidation, whatever page it is for. Without
    the paths of the old entry two revalidated pages would take turns in recomputing a function that both show.
    """
    known: list[str] = [*([] if path is None else [path]), *(NO_GUARDS if outdated is None else outdated.guards)]
    return await store.mint(tags, list(dict.fromkeys(known))[:MAX_GUARDS])


async def _inherited_is_current(store: Store, entry: Entry) -> bool:
    if not entry.inherited:
        return True
    try:
        return await store.versions(entry.inherited_tags) == entry.inherited_tokens
    except StoreUnavailable:
        return False


def _is_pending(tags: tuple[str, ...], path: str | None) -> bool:
    collected = current_pending()
    return collected is not None and collected.covers(tags, path)
