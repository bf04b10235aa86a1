"""Products: their pictures, their stock, and the cards of the catalogue.

What shows stock is a region: it follows every sale, in every open browser, while the page around it stays as it is.
"""

from __future__ import annotations

from typing import Literal

import htpy as h

from app._parts.document import STATIC, asset
from app._parts.words import money
from app._reads import Sku, picture_name, product
from services.models import Product
from twofold import region

FEW = 5
"""From here down the stock is called scarce."""

PICTURES = frozenset(path.stem for path in (STATIC / "products").glob("*.svg"))


def picture(sku: str, size: Literal["medium", "small", "large"] = "medium", *, uploaded: str | None = None) -> h.Element:
    """Show a product. The name stands beside it, so the picture needs no words.

    Args:
        uploaded: name of its picture; without one it is drawn.
    """
    if uploaded is not None:
        return h.div(class_=["picture", "photo", size])[h.img(src=f"/pictures/{uploaded}", alt="", decoding="async")]
    name = sku if sku in PICTURES else "any"
    return h.div(class_=["picture", size, f"tint-{name[0].lower()}"])[
        h.img(src=asset(f"products/{name}.svg"), alt="", width="320", height="320", decoding="async")
    ]


@region
async def stock(sku: Sku) -> h.Element:
    """Tell how many units there are to reserve."""
    return _badge(await product(sku))


def _badge(product: Product) -> h.Element:
    if product.available > FEW:
        return h.span(".badge.good")[f"{product.available} in stock"]
    if product.available > 0:
        return h.span(".badge.warn")[f"Only {product.available} left"]
    return h.span(".badge.bad")["All on hold" if product.held else "Sold out"]


@region
async def card(sku: Sku) -> h.Element:
    """Show a product in the catalogue."""
    found = await product(sku)
    return h.li(".card")[
        picture(sku, uploaded=await picture_name(sku)),
        h.div(".card-text")[
            h.h2[h.a(href=f"/products/{sku}")[found.name]],
            h.p(".card-line")[h.span(".price")[money(found.price, found.currency)], _badge(found)],
        ],
    ]
