"""The hub: follows the store's log once for the whole process, and tells all streams the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial

from twofold.cache import Change, Store
from twofold.cache import Sequence as Place
from twofold.errors import StoreUnavailable
from twofold.live.events import changed, here, resync
from twofold.live.following import Following
from twofold.live.seats import Seats
from twofold.live.stream import Stream
from twofold.regions import tag_hash
from twofold.settings import Setup

PAUSE_SECONDS = 0.05
"""Between two bursts. The first change leaves at once, and those that follow closely together."""

MAX_CHANGES = 256
"""Told at once. More of them are told as "anything may have changed": the pages ask, and the server's log decides."""

MAX_CHUNK_BYTES = 32 * 1024
"""Likewise."""

NAMES_KEPT = 4_096
"""A thousand readers can come back in the same second, and the same tags are named to each of them."""


class Hub:
    """Tell streams what is revalidated. It works while there is a stream, in the event loop of the first.

    Args:
        name_of: gives the name of a tag on the wire.
        pause_seconds: between two bursts.
    """

    def __init__(
        self, store: Store, name_of: Callable[[str], str], seats: Seats | None = None, *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self.seats = Seats() if seats is None else seats
        self._store = store
        self._name_of = lru_cache(NAMES_KEPT)(name_of)
        self._pause_seconds = pause_seconds
        self._streams: set[Stream] = set()
        self._following: Following | None = None

    @contextmanager
    def joined(self, stream: Stream) -> Iterator[None]:
        """Tell a stream everything from here on, for the block."""
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)
            stream.stop()
            if not self._streams and self._following is not None:
                self._following.stop()
                self._following = None

    async def since(self, last: Place | None) -> bytes:
        """Give what a reader missed that stopped at a place in the log; a new one has missed nothing.

        A stream joins before it asks, so that it hears some changes twice rather than one of them never.
        """
        if self._following is None:
            self._following = Following(self._store, self._tell, self._keep_alive, self._pause_seconds)
        place = await self._following.place()
        if last is None:
            return here(place)
        missed = await self._missed(last)
        return here(last) if missed == () else self._encoded(missed, place)

    async def _missed(self, last: Place) -> tuple[Change, ...] | None:
        try:
            return await self._store.changes(last)
        except StoreUnavailable:
            return None

    def _tell(self, changes: Sequence[Change] | None, place: Place) -> None:
        chunk = self._encoded(changes, place)
        for stream in tuple(self._streams):
            stream.put(chunk)

    def _keep_alive(self) -> None:
        for stream in tuple(self._streams):
            stream.keep_alive()

    def _encoded(self, changes: Sequence[Change] | None, place: Place) -> bytes:
        """Give the events of changes; of None, and of too many, the one that says that nobody knows."""
        if changes is None or len(changes) > MAX_CHANGES:
            return resync(place)
        chunk = b"".join([changed(change.sequence, map(self._name_of, change.tags)) for change in changes])
        return chunk if len(chunk) <= MAX_CHUNK_BYTES else resync(place)


def hub_of(setup: Setup) -> Hub:
    """Make the hub of a started app."""
    return Hub(setup.cache_store, partial(tag_hash, setup.keys))
