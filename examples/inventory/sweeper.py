"""The sweeper: holds whose time is up give their units back, and everyone sees it; and nothing stays in the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from composition import shop
from services.models import Reservation
from twofold import StoreUnavailable, revalidate_tag, revalidation

PERIOD_SECONDS = 5.0
"""How long a hold that has run out can still be shown as held. Nobody is refused its units meanwhile."""
OUTBOX_PERIOD_SECONDS = 1.0
"""How long a process that died can have left others with an outdated copy."""

log = logging.getLogger("shop.sweeper")


async def sweep() -> Sequence[Reservation]:
    """Expire what is due; each batch lets the stock be read afresh when it is committed."""
    return await shop().reservations.expire_due()


async def publish_leftovers() -> None:
    """Publish what a process has committed that died before it could, or that could not reach the cache."""
    left = await shop().db.leftovers()
    if left:
        async with revalidation():
            revalidate_tag(*sorted(set(left.values())))
        await shop().db.forget(left)


@asynccontextmanager
async def sweeping(period_seconds: float = PERIOD_SECONDS) -> AsyncIterator[None]:
    """Sweep again and again for the time of the block."""
    tasks = [asyncio.create_task(_again_and_again(sweep, period_seconds))]
    if shop().db.has_outbox:
        tasks.append(asyncio.create_task(_again_and_again(publish_leftovers, OUTBOX_PERIOD_SECONDS)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _again_and_again(work: Callable[[], Awaitable[object]], period_seconds: float) -> None:
    while True:
        # The next round finds what this one missed.
        try:
            await work()
        except StoreUnavailable as error:
            log.warning("a sweep has to wait: %s", error)
        except Exception:
            log.exception("a sweep failed")
        await asyncio.sleep(period_seconds)
