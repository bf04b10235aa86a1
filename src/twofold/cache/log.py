"""The order in which tags were revalidated: what tells a page how old it is, and which of its regions are outdated.

A sequence is a place in the log of one store. Numbers are compared only within an epoch: a store that lost its log begins
another one, and whoever asks about a place in an epoch that is gone is told that nobody knows.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

PATH_PREFIX = "path:"
"""Before the path of `revalidate_path`, which stands in the log as a tag."""


class Sequence(NamedTuple):
    """A place in the log, written `epoch-number`.

    Attributes:
        epoch: letters and digits, of this life of the log.
        number: of invalidations since it began.
    """

    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Sequence | None:
        """Read a sequence that came from outside; None for what is none."""
        epoch, _, number = text.rpartition("-")
        if not (epoch.isalnum() and epoch.isascii() and number.isascii() and number.isdigit() and len(text) <= 64):
            return None
        return cls(epoch, int(number))


class Change(NamedTuple):
    """One invalidation.

    Attributes:
        tags: what was revalidated; a path as `path:/products`.
    """

    sequence: Sequence
    tags: tuple[str, ...]


class MemoryLog:
    """The last invalidations of one process; threads may share it.

    Args:
        max_changes: how many are remembered.
    """

    def __init__(self, *, max_changes: int = 4_096) -> None:
        self._lock = threading.Lock()
        self._max_changes = max_changes
        self._changes: deque[Change] = deque()
        self._last: OrderedDict[str, int] = OrderedDict()  # by tag, in order of their last invalidation
        self._sequence = Sequence(secrets.token_hex(4), 0)
        self._followers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def sequence(self) -> Sequence:
        """The place of the last invalidation."""
        return self._sequence

    def append(self, tags: Collection[str], paths: Collection[str]) -> None:
        """Note an invalidation; whoever reads `sequence` from here on reads its values too."""
        texts = (*tags, *(PATH_PREFIX + path for path in paths))
        with self._lock:
            self._sequence = Sequence(self._sequence.epoch, self._sequence.number + 1)
            self._changes.append(Change(self._sequence, texts))
            self._note_last(texts)
            followers = tuple(self._followers)
        for loop, is_new in followers:
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(is_new.set)

    def since(self, sequence: Sequence) -> tuple[Change, ...] | None:
        """Give what was invalidated after a place; None when that is no longer known."""
        with self._lock:
            if not self._knows(sequence):
                return None
            missing = self._sequence.number - sequence.number
            return tuple(islice(self._changes, len(self._changes) - missing, None))

    def tags_since(self, sequence: Sequence) -> list[str] | None:
        """Give the tags that were invalidated after a place, each once; None when that is no longer known."""
        with self._lock:
            return list(self._newest(sequence.number)) if self._knows(sequence) else None

    def _knows(self, sequence: Sequence) -> bool:
        missing = self._sequence.number - sequence.number
        return sequence.epoch == self._sequence.epoch and 0 <= missing <= len(self._changes)

    def _newest(self, number: int) -> Iterator[str]:
        for tag, last in reversed(self._last.items()):
            if last <= number:
                return
            yield tag

    def _note_last(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._last[text] = self._sequence.number
            self._last.move_to_end(text)
        if len(self._changes) > self._max_changes:
            forgotten = self._changes.popleft()
            for text in forgotten.tags:
                if self._last.get(text) == forgotten.sequence.number:
                    del self._last[text]

    async def follow(self, after: Sequence) -> AsyncIterator[Change | None]:
        """Give each invalidation after a place as it happens; None where some of them are no longer known."""
        follower = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._followers.add(follower)
        try:
            while True:
                follower[1].clear()
                changes = self.since(after)
                after = self._sequence if changes is None else changes[-1].sequence if changes else after
                for change in (None,) if changes is None else changes:
                    yield change
                await follower[1].wait()
        finally:
            with self._lock:
                self._followers.discard(follower)
