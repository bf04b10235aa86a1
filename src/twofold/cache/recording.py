"""Which tags the cached reads inside a block depend on: what tells a region when it is outdated. And which were revalidated."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from contextvars import ContextVar

from twofold.scoped import Scoped


class Recording:
    """The tags read so far, each once, in the order of the reads."""

    def __init__(self) -> None:
        self._tags: dict[str, None] = {}

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags."""
        return tuple(self._tags)

    def add(self, tags: Iterable[str]) -> None:
        """Note what a read depends on, also when it fails."""
        self._tags.update(dict.fromkeys(tags))


recorder: ContextVar[Recording | None] = ContextVar("twofold_cache_recorder", default=None)


revalidated: ContextVar[Recording | None] = ContextVar("twofold_cache_revalidated", default=None)
"""Who wants to know which tags are revalidated: the trace of a call in development, and nobody otherwise."""


def recording() -> AbstractContextManager[Recording]:
    """Record the tags of cached reads inside the block, and keep them from a recording around it."""
    return Scoped(recorder, Recording())


def recording_revalidations(into: Recording) -> AbstractContextManager[Recording]:
    """Record the tags that are revalidated inside the block; a path as the log has it."""
    return Scoped(revalidated, into)
