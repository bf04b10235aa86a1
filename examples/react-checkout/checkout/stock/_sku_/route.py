from __future__ import annotations

from dataclasses import dataclass

from app._reads import Sku, product


@dataclass(frozen=True, slots=True)
class Level:
    """How many units of a product there are to reserve, and on hold."""

    available: int
    held: int


async def GET(sku: Sku) -> Level:
    """Tell the stock level of one product."""
    found = await product(sku)
    return Level(found.available, found.held)
