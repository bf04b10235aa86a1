from __future__ import annotations

import htpy as h
from markupsafe import Markup

from app import _admin
from app._parts.document import document, title_of
from twofold import Request


async def layout(children: Markup, request: Request) -> h.Renderable:
    return document(title_of(request), children, is_admin=_admin.is_admin(), path=request.url.path)
