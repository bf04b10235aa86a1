"""The sweeper: holds whose time is up give their units back, and everyone sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from composition import shop
from services.models import Reservation
from twofold import revalidate_tag, revalidation

PERIOD_SECONDS = 5.0
"""How long a hold that has run out can still be shown as held. Nobody is refused its units meanwhile."""

log = logging.getLogger("shop.sweeper")


async def sweep() -> Sequence[Reservation]:
    """Expire what is due, and let the stock be read afresh."""
    async with revalidation():
        expired = await shop().reservations.expire_due()
        for reservation in expired:
            revalidate_tag("stock", f"stock:{reservation.sku}")
    return expired


@asynccontextmanager
async def sweeping(period_seconds: float = PERIOD_SECONDS) -> AsyncIterator[None]:
    """Sweep again and again for the time of the block."""
    task = asyncio.create_task(_keep_sweeping(period_seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _keep_sweeping(period_seconds: float) -> None:
    while True:
        try:
            await sweep()
        except Exception:
            # The next round finds what this one missed.
            log.exception("a sweep failed")
        await asyncio.sleep(period_seconds)
