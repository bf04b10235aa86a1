"""Open a shop on a word from outside, and say how many products it has."""
# ruff: noqa: T201 - this program prints

from __future__ import annotations

import asyncio
import sys

from services.database import Database
from services.shop import Shop


async def main(url: str) -> None:
    shop = Shop(Database(url), payment_secret="unused")
    print("ready", flush=True)
    sys.stdin.readline()
    await shop.open()
    print(len(await shop.catalog.list_products()))
    await shop.close()


asyncio.run(main(sys.argv[1]))
