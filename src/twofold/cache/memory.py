"""Values and versions in one process, bounded."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from functools import partial

from twofold.cache.log import Change, MemoryLog, Sequence
from twofold.cache.store import Clock, Entry, Lookup, Reads, Token, Versions
from twofold.randomness import random_bytes

ENTRY_OVERHEAD_BYTES = 500
"""What an entry costs beside its value, its tags and its paths, measured with tracemalloc on CPython 3.11."""

TEXT_OVERHEAD_BYTES = 260
"""What a tag or a path of an entry costs beside its characters, its token included, measured likewise."""

new_random_token: Callable[[], Token] = partial(random_bytes, 16)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry and how long it may be served, on the store's clock."""

    entry: Entry
    fresh_until: float | None
    served_until: float | None
    size_bytes: int


class MemoryStore:
    """Keep entries and versions in this process; threads may share it.

    What was used longest ago goes first: entries beyond `max_bytes`, tokens of tags beyond `max_tags` (their entries miss).
    Beyond `max_paths` revalidated paths everything goes.

    Args:
        max_bytes: of all entries together, overhead included.
        max_tags: tags that have a token.
        max_paths: paths that have a token.
    """

    def __init__(
        self,
        *,
        max_bytes: int = 64 * 1024 * 1024,
        max_tags: int = 65_536,
        max_paths: int = 4_096,
        clock: Clock = time.monotonic,
        new_token: Callable[[], Token] = new_random_token,
    ) -> None:
        self.clock = clock
        self._max_bytes = max_bytes
        self._max_tags = max_tags
        self._max_paths = max_paths
        self._new_token = new_token
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Kept] = OrderedDict()
        self._tags: OrderedDict[str, Token] = OrderedDict()
        self._guards: dict[str, Token] = {}
        self._epoch = new_token()
        self._size_bytes = 0
        self._log = MemoryLog()

    @property
    def entry_count(self) -> int:
        """How many entries there are. Not `len()`: an empty store would be false, and `store or another` would lose it."""
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """What all entries take, as counted against `max_bytes`."""
        return self._size_bytes

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        """Give the entry of a key and the versions that decide about it."""
        with self._lock:
            kept = self._entries.get(key)
            guard = None if path is None else self._guards.get(path)
            tokens = self._tokens(tags)
            if kept is None:
                return Lookup(None, None, self._epoch, tokens, guard)
            self._entries.move_to_end(key)
            if kept.fresh_until is None or kept.served_until is None:
                return Lookup(kept.entry, None, self._epoch, tokens, guard)
            now = self.clock()
            if now >= kept.served_until:
                self._drop(key)
                return Lookup(None, None, self._epoch, tokens, guard)
            return Lookup(kept.entry, kept.fresh_until - now, self._epoch, tokens, guard)

    async def versions(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        """Give the tokens of tags, in their order."""
        with self._lock:
            return self._tokens(tags)

    async def mint(self, tags: tuple[str, ...], paths: Collection[str]) -> Versions:
        """Give the tokens of tags, made where missing, and the tokens that paths have."""
        with self._lock:
            tokens = tuple([self._tags.get(tag) or self._replace(tag) for tag in tags])
            guards = {path: self._guards[path] for path in paths if path in self._guards}
            return Versions(self._epoch, tokens, guards)

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        """Keep an entry, unless its versions are outdated already or it is larger than the whole store."""
        size_bytes = _size_bytes(entry)
        with self._lock:
            if size_bytes > self._max_bytes or not self._is_current(entry):
                return
            fresh_until = None if fresh_seconds is None else self.clock() + fresh_seconds
            served_until = None if fresh_until is None else fresh_until + stale_seconds
            self._drop(key)
            self._entries[key] = _Kept(entry, fresh_until, served_until, size_bytes)
            self._size_bytes += size_bytes
            while self._size_bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def near(self, max_staleness_seconds: float) -> Reads:  # noqa: ARG002 - nothing is nearer
        """Give this store."""
        return self

    async def lead(self, name: bytes, *, lease_seconds: float) -> bool:  # noqa: ARG002 - there is no other process
        """Let everyone compute: within a process, computations are shared anyway."""
        return True

    async def lead_ends(self, name: bytes) -> None:
        """Do nothing."""

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        """Replace the tokens of tags and paths."""
        with self._lock:
            for tag in tags:
                self._replace(tag)
            self._guards.update((path, self._new_token()) for path in paths)
            if len(self._guards) > self._max_paths:
                self._forget()
        self._log.append(tags, paths)

    async def sequence(self) -> Sequence:
        """Give the place of the last invalidation."""
        return self._log.sequence

    async def changes(self, since: Sequence) -> tuple[Change, ...] | None:
        """Give what was invalidated after a place; None when that is no longer known."""
        return self._log.since(since)

    async def changed_tags(self, since: Sequence) -> list[str] | None:
        """Give each tag of `changes` once; what that costs grows with the tags, not with how often each was invalidated."""
        return self._log.tags_since(since)

    def follow(self, after: Sequence) -> AsyncIterator[Change | None]:
        """Give each invalidation after a place as it happens; None where some of them are no longer known."""
        return self._log.follow(after)

    def clear(self) -> None:
        """Forget everything, computations in flight included: what they write will not match."""
        with self._lock:
            self._tags.clear()
            self._forget()

    def _tokens(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        tokens = tuple([self._tags.get(tag) for tag in tags])
        # The order of use only matters once the store fills up; keeping it costs a fifth of a read.
        if len(self._tags) * 2 > self._max_tags:
            for tag in filter(self._tags.__contains__, tags):
                self._tags.move_to_end(tag)
        return tokens

    def _replace(self, tag: str) -> Token:
        token = self._tags[tag] = self._new_token()
        self._tags.move_to_end(tag)
        if len(self._tags) > self._max_tags:
            # Safe because a tag without a token matches no entry.
            self._tags.popitem(last=False)
        return token

    def _forget(self) -> None:
        # A lost guard would constrain nothing, so its entries go with it; the new epoch also outdates those being computed.
        self._epoch = self._new_token()
        self._guards.clear()
        self._entries.clear()
        self._size_bytes = 0

    def _drop(self, key: bytes) -> None:
        kept = self._entries.pop(key, None)
        if kept is not None:
            self._size_bytes -= kept.size_bytes

    def _is_current(self, entry: Entry) -> bool:
        own = zip(entry.tags, entry.tokens, strict=True)
        return entry.epoch == self._epoch and all(self._tags.get(tag) == token for tag, token in (*own, *entry.inherited))


def _size_bytes(entry: Entry) -> int:
    texts = (*entry.tags, *entry.inherited_tags, *entry.guards)
    return ENTRY_OVERHEAD_BYTES + len(entry.value) + sum(TEXT_OVERHEAD_BYTES + len(text) for text in texts)
