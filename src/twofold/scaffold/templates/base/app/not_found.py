"""What is shown where nothing is."""

from __future__ import annotations

import htpy as h
from twofold import Failure


def not_found(error: Failure) -> h.Renderable:
    """Say so, and lead back."""
    return h.section(".hero")[
        h.p(".eyebrow")[error.status], h.h1[error.message], h.p[h.a(href="/")["Back to the wall"]]
    ]
