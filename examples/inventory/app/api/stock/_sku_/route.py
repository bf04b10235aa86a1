from __future__ import annotations

from dataclasses import dataclass

from app._reads import Sku, product
from twofold import cors, limit


@dataclass(frozen=True, slots=True)
class Level:
    """How many units of a product there are to reserve, on hold, and sold."""

    sku: str
    available: int
    held: int
    sold: int


@cors(origins="*")
@limit("1000/minute", name="api")
async def GET(sku: Sku) -> Level:
    """Tell the stock level of one product."""
    found = await product(sku)
    return Level(found.sku, found.available, found.held, found.sold)
