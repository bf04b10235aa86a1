"""The document around every page."""

from __future__ import annotations

import htpy as h
from markupsafe import Markup


def layout(children: Markup) -> h.Renderable:
    """Put the head and the name of the shop around a page."""
    return h.html(lang="en")[h.head[h.title["Lamps"]], h.body[h.header[h.a(href="/")["Lamps"]], h.main[children]]]
