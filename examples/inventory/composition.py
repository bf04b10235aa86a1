"""The shop of this process: the services, put together from the environment. Pages and handlers ask `shop()` for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from environment import Environment
from services.clock import WallClock
from services.database import Database
from services.shop import Shop
from twofold import bypass, revalidation

ENVIRONMENT = Environment.load()


class _Process:
    shop: Shop | None = None


def shop() -> Shop:
    """Give the shop that is open."""
    if _Process.shop is None:
        raise RuntimeError("the shop is closed; it opens with the app's lifespan")
    return _Process.shop


@asynccontextmanager
async def open_shop(
    database_url: str, clock: WallClock | None = None, pictures: Path = ENVIRONMENT.pictures
) -> AsyncIterator[Shop]:
    """Open the shop for the time of the block: migrate, seed, and close at the end.

    Transactions go around the cache: what one of them reads may never be committed. What they change is revalidated when
    it is committed; where other processes rely on that, it is also kept in the outbox, in case this one dies in between.
    """
    db = Database(
        database_url,
        limits=ENVIRONMENT.database_limits,
        around_transaction=bypass,
        publishing=revalidation,
        has_outbox=ENVIRONMENT.is_cache_shared,
    )
    opened = Shop(db, payment_secret=ENVIRONMENT.payment_secret, pictures=pictures, clock=clock)
    try:
        await opened.open()
        _Process.shop = opened
        yield opened
    finally:
        _Process.shop = None
        await opened.close()
