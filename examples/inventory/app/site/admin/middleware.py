from __future__ import annotations

from app import _admin
from twofold import CallNext, Request, Response, redirect


async def middleware(request: Request, call_next: CallNext) -> Response:
    """Let admins in, and send everyone else to the door."""
    if not _admin.is_admin():
        raise redirect("/sign-in")
    return await call_next(request)
