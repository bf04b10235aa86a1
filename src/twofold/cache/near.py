"""A copy in this process of what was read from the server lately, and how far it may lag behind.

The server's log is asked again and again: whatever was invalidated before a question was sent stands in the answer to it, or
in an earlier one. So the copy knows of every invalidation that was over when the last answered question was sent, and what
it gives is no older than that. Where there is no answer, it gives nothing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing
from contextvars import Context
from typing import NamedTuple

from twofold.cache.freshness import Verdict, judge
from twofold.cache.log import PATH_PREFIX, Change
from twofold.cache.store import Clock, Entry, Lookup, Reads, Token
from twofold.errors import StoreUnavailable

MAX_ENTRIES = 1_024
MAX_NAMES = 16_384
RETRY_SECONDS = 0.5

Log = Callable[[], AsyncIterator[tuple[float, Collection[Change] | None]]]
"""Gives, again and again, when a question was sent and what the log had new; None first, and where something was lost."""


class _Kept(NamedTuple):
    entry: Entry
    fresh_until: float | None


class Copy:
    """What this process knows of the server. It begins to follow the log when it is first asked.

    Args:
        source: what the copy is of.
        log: of the server.
    """

    def __init__(self, source: Reads, log: Log, clock: Clock) -> None:
        self._source = source
        self._log = log
        self._clock = clock
        self._entries: OrderedDict[bytes, _Kept] = OrderedDict()
        self._names: dict[str, Token | None] = {}
        self._epoch: Token | None = None
        self._known_to = float("-inf")
        self._drops = 0
        self._following: asyncio.Task[None] | None = None

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None, max_staleness_seconds: float) -> Lookup:
        """Give the entry of a key and the versions that decide about it, from the copy where it knows them all."""
        self._follow()
        found = self._found(key, tags, path) if self._lags_at_most(max_staleness_seconds) else None
        if found is not None:
            return found
        drops = self._drops
        lookup = await self._source.read(key, tags, path)
        if drops == self._drops:
            self._keep(key, lookup, tags, path)
        return lookup

    async def versions(self, tags: tuple[str, ...], max_staleness_seconds: float) -> tuple[Token | None, ...]:
        """Give the tokens of tags, from the copy where it knows them all."""
        self._follow()
        if self._lags_at_most(max_staleness_seconds) and all(tag in self._names for tag in tags):
            return tuple([self._names[tag] for tag in tags])
        drops = self._drops
        tokens = await self._source.versions(tags)
        if drops == self._drops:
            self._names.update(zip(tags, tokens, strict=True))
        return tokens

    def drop(self, names: Collection[str]) -> None:
        """Forget tags and paths (as in the log) that are being invalidated; what is being read meanwhile is not kept."""
        self._drops += 1
        for name in names:
            self._names.pop(name, None)

    def clear(self) -> None:
        """Forget everything."""
        self._drops += 1
        self._entries.clear()
        self._names.clear()
        self._known_to = float("-inf")

    async def close(self) -> None:
        """Follow no longer."""
        self.clear()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
            self._following = None

    def _lags_at_most(self, seconds: float) -> bool:
        return self._clock() - self._known_to <= seconds

    def _found(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup | None:
        """Give what is known, where nothing is missing and nothing outdated: the server may have something newer."""
        kept, names = self._entries.get(key), self._names
        guarded = None if path is None else PATH_PREFIX + path
        if kept is None or not (guarded is None or guarded in names) or not all(tag in names for tag in tags):
            return None
        fresh_seconds = None if kept.fresh_until is None else kept.fresh_until - self._clock()
        guard = None if guarded is None else names[guarded]
        lookup = Lookup(kept.entry, fresh_seconds, self._epoch, tuple([names[tag] for tag in tags]), guard)
        return lookup if judge(lookup, path) is Verdict.FRESH else None

    def _keep(self, key: bytes, lookup: Lookup, tags: tuple[str, ...], path: str | None) -> None:
        if lookup.entry is None:
            return
        if lookup.epoch != self._epoch or len(self._names) > MAX_NAMES:
            self._entries.clear()
            self._names.clear()
            self._epoch = lookup.epoch
        self._names.update(zip(tags, lookup.tokens, strict=True))
        if path is not None:
            self._names[PATH_PREFIX + path] = lookup.guard
        fresh_until = None if lookup.fresh_seconds is None else self._clock() + lookup.fresh_seconds
        self._entries[key] = _Kept(lookup.entry, fresh_until)
        if len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)

    def _follow(self) -> None:
        if self._following is None or self._following.done():
            # In a context of its own: it outlives the request that it begins in.
            self._following = asyncio.get_running_loop().create_task(self._followed(), context=Context())

    async def _followed(self) -> None:
        while True:
            try:
                async with aclosing(self._log()) as answers:  # type: ignore[type-var]
                    async for sent_at, changes in answers:
                        if changes is None:
                            self.clear()
                        for change in changes or ():
                            self.drop(change.tags)
                        self._known_to = sent_at
            except StoreUnavailable:
                self.clear()
            await asyncio.sleep(RETRY_SECONDS)


class Near(NamedTuple):
    """A copy, read with the staleness that one function allows."""

    copy: Copy
    max_staleness_seconds: float

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        """Give the entry of a key and the versions that decide about it."""
        return await self.copy.read(key, tags, path, self.max_staleness_seconds)

    async def versions(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        """Give the tokens of tags."""
        return await self.copy.versions(tags, self.max_staleness_seconds)
