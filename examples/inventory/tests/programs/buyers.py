"""A crowd that buys on a word from outside: one line per buyer, the reservation or how many were left.

Half of the buyers click twice: they send the same call, with the same key, at the same time again.
"""
# ruff: noqa: T201 - this program prints

from __future__ import annotations

import asyncio
import sys

from services.database import Database
from services.errors import OutOfStock
from services.shop import Shop


async def buy(shop: Shop, sku: str, owner: str) -> str:
    try:
        return (await shop.reservations.reserve(sku, 1, owner, call_key="click")).id
    except OutOfStock as refused:
        return str(refused.available)


async def main(url: str, sku: str, crowd: str, size: int) -> None:
    shop = Shop(Database(url), payment_secret="unused")
    await shop.catalog.list_products()  # everyone has the page open
    print("ready", flush=True)
    sys.stdin.readline()
    owners = [f"session:{crowd}-{number}" for number in range(size)]
    answers = await asyncio.gather(*(buy(shop, sku, owner) for owner in [*owners, *owners[::2]]))
    print(*answers, sep="\n")
    await shop.close()


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
