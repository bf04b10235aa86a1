"""Reserve and cancel without end; one line per reservation that was acknowledged."""
# ruff: noqa: T201 - this program prints

from __future__ import annotations

import asyncio
import sys
from itertools import count

from services.clock import database_time
from services.database import Database
from services.reservations import Reservations


async def main(url: str, sku: str, owner: str) -> None:
    reservations = Reservations(Database(url), database_time)
    for number in count():
        held = await reservations.reserve(sku, 1, owner, f"click-{number}")
        print(number, held.id, flush=True)
        if number % 2:
            await reservations.cancel(held.id, owner)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3]))
