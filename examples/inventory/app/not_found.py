from __future__ import annotations

import htpy as h

from app._parts.document import set_title
from twofold import Failure, Request


async def not_found(error: Failure, request: Request) -> h.Renderable:
    set_title(request, error.message)
    return h.div(".wrap.narrow.centred")[
        h.p(".eyebrow")["404"],
        h.h1[error.message],
        h.p["It may have moved, or never have been. What there is, is in the shop."],
        h.p[h.a(".button.primary", href="/")["Go to the shop"]],
    ]
