"""The page for what is not there."""

from __future__ import annotations

import htpy as h
from twofold import NotFound


def not_found(error: NotFound) -> h.Renderable:
    """Tell what is missing, and lead back."""
    return h.fragment[h.h1[error.message], h.p[h.a(href="/")["See all lamps"]]]
