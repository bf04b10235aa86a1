"""What a write transaction changes, collected inside and published after its commit to whoever keeps copies of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

KEY = "changes"


class Changes(Protocol):
    """The names of what has changed, such as `stock:A-1`."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Each name once."""
        ...

    def add(self, tags: Iterable[str]) -> None:
        """Collect names."""
        ...

    def drop(self) -> None:
        """Forget everything collected: it was rolled back."""
        ...


class Unpublished:
    """Changes that nobody keeps copies of."""

    tags: tuple[str, ...] = ()

    def add(self, tags: Iterable[str]) -> None:
        """Collect nothing."""

    def drop(self) -> None:
        """Forget nothing."""


@asynccontextmanager
async def unpublished() -> AsyncIterator[Changes]:
    """Publish nothing at the end of the block."""
    yield Unpublished()


def note_change(session: AsyncSession, *names: str) -> None:
    """Tell, inside a write transaction, what it changes."""
    changes: Changes = session.info[KEY]
    changes.add(names)
