from __future__ import annotations

from twofold import action

import stock


@action(revalidates=["stock", "stock:{sku}"])
async def restock(sku: str, quantity: stock.Quantity) -> int:
    """Put lamps on the shelf."""
    return stock.put(sku, quantity).available
