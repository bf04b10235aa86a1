from __future__ import annotations

import htpy as h

from app._parts.document import set_title
from twofold import Failure, Request


async def error(error: Failure, request: Request) -> h.Renderable:
    set_title(request, error.message)
    return h.div(".wrap.narrow.centred")[
        h.p(".eyebrow")[error.status],
        h.h1[error.message],
        h.p[_advice(error)],
        error.digest is not None and h.p(".quiet")["Reference ", h.code[error.digest]],
        h.p[h.a(".button.primary", href="/")["Go to the shop"]],
    ]


def _advice(error: Failure) -> str:
    if error.status >= 500:
        return "This is our fault, and it is in our log. Nothing that was not confirmed to you has happened."
    return "Go back, check what you sent, and try again."
