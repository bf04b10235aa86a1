from __future__ import annotations

from dataclasses import dataclass

from twofold import HmacSha256, revalidate_tag, verify

import stock
from environment import DELIVERY_SECRET

SIGNATURE = HmacSha256(header="x-delivery-signature", secret=DELIVERY_SECRET)

seen: set[str] = set()


@dataclass
class Delivery:
    """Lamps that arrived."""

    id: str
    sku: str
    quantity: stock.Quantity


@verify(SIGNATURE)
async def POST(delivery: Delivery) -> stock.Product:
    """Put the lamps on the shelf, once for each delivery."""
    if delivery.id in seen:
        return stock.find(delivery.sku)
    left = stock.put(delivery.sku, delivery.quantity)
    seen.add(delivery.id)
    revalidate_tag("stock", f"stock:{delivery.sku}")
    return left
