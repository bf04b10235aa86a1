from __future__ import annotations

import htpy as h
from markupsafe import Markup


def layout(children: Markup) -> h.Renderable:
    return h.html(lang="en")[h.head[h.title["Lamps"]], h.body[h.header[h.a(href="/")["Lamps"]], h.main[children]]]
