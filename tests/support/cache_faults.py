"""Faults of a cache, planted: each breaks one rule of the protocol, and every search for stale reads must find it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from twofold.cache import Entry, Lookup, MemoryStore, Token, Verdict, judge
from twofold.cache.flights import Flights
from twofold.cache.notes import Notes, Reading


class MintsAfterwards(MemoryStore):
    """An entry is stored under the versions of the moment it is stored."""

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        late = await self.mint(entry.tags, ())
        entry = Entry(entry.value, late.epoch, entry.tags, late.tokens, entry.inherited, entry.guards)
        await super().write(key, entry, fresh_seconds=fresh_seconds, stale_seconds=stale_seconds)


class Counts(MemoryStore):
    """Versions are counters, which start again when they are lost."""

    def _replace(self, tag: str) -> Token:
        last = int.from_bytes(self._tags.get(tag, b""), "big")
        super()._replace(tag)
        self._tags[tag] = (last + 1).to_bytes(16, "big")
        return self._tags[tag]


class DeletesKeys(MemoryStore):
    """Revalidating deletes the entries that are there; there are no versions."""

    def _replace(self, tag: str) -> Token:
        for key in [key for key, kept in self._entries.items() if tag in kept.entry.tags]:
            self._drop(key)
        self._tags[tag] = b"always the same!"
        return self._tags[tag]


class ForgetsPathsAlone(MemoryStore):
    """The tokens of paths are lost, and entries stay."""

    def _forget(self) -> None:
        self._guards.clear()


class ByKeyAlone(Flights[Reading]):
    """A computation is joined whatever versions it works under."""

    def identity(self, key: bytes, versions: Hashable) -> Hashable:
        return key


class TrustsEveryone(Flights[Reading]):
    """A shared computation is taken as one's own, whatever it read through others."""

    async def join(self, identity: Hashable, compute: Callable[[], Coroutine[Any, Any, Reading]]) -> tuple[Reading, bool]:
        reading, _ = await super().join(identity, compute)
        return reading, True


class InheritsNothing(Notes):
    """A value knows nothing of the cached functions that it was computed from."""

    def add(self, reading: Reading) -> None:
        return


class SpoilsNothing(Notes):
    """A value is stored although it was computed from one that went around the cache."""

    def spoil(self) -> None:
        return


def judge_paths_never(lookup: Lookup, path: str | None) -> Verdict:
    """Forget that a page was revalidated."""
    return judge(lookup._replace(guard=None), path)


def nothing_is_pending(tags: tuple[str, ...], path: str | None) -> bool:
    """Serve what the block itself is about to revalidate."""
    return False
