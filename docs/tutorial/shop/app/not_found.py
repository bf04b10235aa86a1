from __future__ import annotations

import htpy as h
from twofold import NotFound


def not_found(error: NotFound) -> h.Renderable:
    return h.fragment[h.h1[error.message], h.p[h.a(href="/")["See all lamps"]]]
