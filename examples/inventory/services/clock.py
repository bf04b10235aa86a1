"""What time it is, as an argument, so that a test can say so.

When a hold ends is decided by one clock, that of the database, however many machines serve the shop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.columns import UtcDateTime

WallClock: TypeAlias = Callable[[], datetime]
"""Gives the present instant by this machine, aware and in UTC: for what is shown and sent."""

Clock: TypeAlias = Callable[[AsyncSession], Awaitable[datetime]]
"""Gives the present instant inside a transaction, aware and in UTC: for what is decided."""


def utc_now() -> datetime:
    """Give the present instant in UTC."""
    return datetime.now(UTC)


async def database_time(session: AsyncSession) -> datetime:
    """Give the present instant by the clock of the database. A file of SQLite has that of the machine on which it is."""
    if session.get_bind().dialect.name != "postgresql":
        return utc_now()
    # Not now(): that is when the transaction began, and it may have waited for a lock since.
    instant: datetime = (await session.scalars(select(func.clock_timestamp(type_=UtcDateTime)))).one()
    return instant


def told_by(clock: WallClock) -> Clock:
    """Let another clock decide."""

    async def tell(_session: AsyncSession) -> datetime:
        return clock()

    return tell
