"""The document around every page."""

from __future__ import annotations

import htpy as h
from markupsafe import Markup

from app._assets import assets

TITLE = "Project name"


def layout(children: Markup) -> h.Renderable:
    """Put the head, the header and the footer around a page."""
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="light dark"),
            h.title[TITLE],
            h.link(rel="icon", href="/static/icon.svg", type="image/svg+xml"),
            h.link(rel="stylesheet", href="/static/style.css"),
            assets(),
        ],
        h.body[
            h.header[h.a(".brand", href="/")[h.img(src="/static/icon.svg", alt="", width="28", height="28"), TITLE]],
            h.main[children],
            h.footer[h.a(href="/api/notes")["The wall as JSON"]],
        ],
    ]
