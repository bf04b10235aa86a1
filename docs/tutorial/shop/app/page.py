from __future__ import annotations

import htpy as h

from app.reads import products


async def page() -> h.Renderable:
    return h.ul[(h.li[h.a(href=f"/products/{one.sku}")[one.name], f": {one.available} left"] for one in await products())]
