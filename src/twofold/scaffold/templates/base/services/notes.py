"""The wall: what is written there, kept by the cache until somebody writes again."""

from __future__ import annotations

from datetime import UTC, datetime

from twofold import cached, revalidate_tag, revalidation

from services import store
from services.models import Note

SHOWN = 60
"""Notes, at most; older ones are kept and no longer shown."""


@cached(tags=["notes"])
async def newest() -> list[Note]:
    """Give the notes on the wall, the newest first."""
    return await store.newest(SHOWN)


async def write(name: str, text: str) -> Note:
    """Put a note on the wall.

    Raises:
        AlreadySaid: the same name has left the same words before.
    """
    note = Note(name, text, datetime.now(UTC))
    async with revalidation():
        await store.add(note)
        revalidate_tag("notes")
    return note
