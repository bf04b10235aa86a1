"""The HTML document around every page."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import htpy as h

from twofold import Request

STATIC = Path(__file__).parent.parent.parent / "static"
SHOP_NAME = "Holdfast"


def set_title(request: Request, title: str) -> None:
    """Name the page that is being rendered, for the layout around it."""
    request.state.title = title


def title_of(request: Request) -> str:
    """Give what goes into the document's title."""
    title = getattr(request.state, "title", None)
    return f"{title} · {SHOP_NAME}" if title else f"{SHOP_NAME}: good things for the home, held for you"


@cache
def asset(name: str) -> str:
    """Give the URL of a static file. It changes with the content, so that no browser keeps an old one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:12]}"


def document(title: str, content: h.Node, *, is_admin: bool, path: str) -> h.Renderable:
    """Put the head, the header and the footer of the shop around some content."""
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="light dark"),
            h.title[title],
            h.link(rel="icon", href=asset("favicon.svg"), type="image/svg+xml"),
            h.link(rel="stylesheet", href=asset("shop.css")),
            h.script(type="module", src=asset("countdown.js")),
        ],
        h.body[
            h.a(".skip", href="#content")["Skip to the content"],
            _header(path, is_admin=is_admin),
            h.main("#content", tabindex="-1")[content],
            _footer(),
        ],
    ]


def _header(path: str, *, is_admin: bool) -> h.Element:
    return h.header(".site-header")[
        h.div(".wrap")[
            h.a(".brand", href="/")[h.img(src=asset("favicon.svg"), alt="", width="28", height="28"), h.span[SHOP_NAME]],
            h.nav(aria_label="Main")[
                _link("/", "Shop", path),
                _link("/reservations", "Reservations", path),
                _link("/admin" if is_admin else "/sign-in", "Stock room", path),
            ],
        ]
    ]


def _link(href: str, text: str, path: str) -> h.Element:
    return h.a(href=href, aria_current="page" if path == href else None)[text]


def _footer() -> h.Element:
    return h.footer(".site-footer")[
        h.div(".wrap")[
            h.p["A hold is yours for fifteen minutes. Nothing is charged until you pay."],
            h.p(".quiet")["A demonstration: goods, payments and money are imaginary."],
        ]
    ]
