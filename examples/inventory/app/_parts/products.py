"""Products: their pictures, their stock, and the cards of the catalogue."""

from __future__ import annotations

from typing import Literal

import htpy as h

from app._parts.document import STATIC, asset
from app._parts.words import money
from services.models import Product

FEW = 5
"""From here down the stock is called scarce."""

PICTURES = frozenset(path.stem for path in (STATIC / "products").glob("*.svg"))


def picture(sku: str, size: Literal["medium", "small", "large"] = "medium") -> h.Element:
    """Show a product. The name stands beside it, so the picture needs no words."""
    name = sku if sku in PICTURES else "any"
    return h.div(class_=["picture", size, f"tint-{name[0].lower()}"])[
        h.img(src=asset(f"products/{name}.svg"), alt="", width="320", height="320", decoding="async")
    ]


def stock_badge(product: Product) -> h.Element:
    """Tell how many units there are to reserve."""
    if product.available > FEW:
        return h.span(".badge.good")[f"{product.available} in stock"]
    if product.available > 0:
        return h.span(".badge.warn")[f"Only {product.available} left"]
    return h.span(".badge.bad")["All on hold" if product.held else "Sold out"]


def card(product: Product) -> h.Element:
    """Show a product in the catalogue."""
    return h.li(".card")[
        picture(product.sku),
        h.div(".card-text")[
            h.h2[h.a(href=f"/products/{product.sku}")[product.name]],
            h.p(".card-line")[h.span(".price")[money(product.price, product.currency)], stock_badge(product)],
        ],
    ]
