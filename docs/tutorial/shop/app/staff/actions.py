"""What only staff can do."""

from __future__ import annotations

import stock

from twofold import action


@action(revalidates=["stock", "stock:{sku}"])
async def restock(sku: str, quantity: stock.Quantity) -> int:
    """Put lamps on the shelf."""
    return stock.put(sku, quantity).available
