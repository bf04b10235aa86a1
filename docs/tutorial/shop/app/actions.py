from __future__ import annotations

from twofold import action

import stock


@action(errors=[stock.OutOfStock], revalidates=["stock", "stock:{sku}"])
async def reserve(sku: str, quantity: stock.Quantity) -> int:
    """Take lamps from the shelf for the visitor."""
    stock.take(sku, quantity)
    return quantity
