from __future__ import annotations

import stock
from app.reads import product


async def GET(sku: str) -> stock.Product:
    """Tell how many there are."""
    return await product(sku)
