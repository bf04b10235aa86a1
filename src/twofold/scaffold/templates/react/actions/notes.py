"""What visitors can do with the wall: forms of this app call it, and `import { leaveNote } from '@/actions/notes'`."""

from __future__ import annotations

from twofold import action

from services import notes
from services.models import AlreadySaid, Name, Note, Text


@action(errors=[AlreadySaid], export=True)
async def leave_note(name: Name, text: Text) -> Note:
    """Put a note on the wall."""
    return await notes.write(name, text)
