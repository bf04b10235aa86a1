from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from twofold import Status, revalidate_tag

import stock


@dataclass
class Order:
    """What another program wants."""

    sku: str
    quantity: stock.Quantity


async def POST(order: Order) -> Annotated[stock.Product, Status(201)]:
    """Take lamps from the shelf for another program."""
    left = stock.take(order.sku, order.quantity)
    revalidate_tag("stock", f"stock:{order.sku}")
    return left
