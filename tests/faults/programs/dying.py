"""Restock a product and die between the commit and what it had to revalidate: `python dying.py URL SKU QUANTITY`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.clock import database_time
from services.database import Changes, Database
from services.stock import Stock
from twofold.cache import Pending

DIED = 9


@asynccontextmanager
async def dying() -> AsyncIterator[Changes]:
    """Give what the app gives, and where it would publish, end as a power cut would."""
    yield Pending()
    os._exit(DIED)


async def main(url: str, sku: str, quantity: str) -> None:
    await Stock(Database(url, publishing=dying, has_outbox=True), database_time).restock(sku, int(quantity))


asyncio.run(main(*sys.argv[1:]))
