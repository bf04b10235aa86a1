from __future__ import annotations

from app import _visitor
from twofold import CallNext, Request, Response


async def middleware(request: Request, call_next: CallNext) -> Response:
    """Know the visitor before the first form is rendered: forms are bound to the session that they are for."""
    _visitor.welcome()
    return await call_next(request)
