from __future__ import annotations

from twofold import cached

import stock


@cached(tags=["stock"])
async def products() -> list[stock.Product]:
    """List what there is to buy."""
    return list(stock.shelf.values())


@cached(tags=["stock:{sku}"])
async def product(sku: str) -> stock.Product:
    """Give one product."""
    return stock.find(sku)
