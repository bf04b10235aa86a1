"""The wall for other programs."""

from __future__ import annotations

from services.models import Note
from services.notes import newest


async def GET() -> list[Note]:
    """List the notes, the newest first."""
    return await newest()
