from __future__ import annotations

from twofold import CallNext, Request, Response, redirect, session


async def middleware(request: Request, call_next: CallNext) -> Response:
    """Let staff in, and send everybody else to the door."""
    if not session.get("is_staff"):
        raise redirect("/sign-in")
    return await call_next(request)
