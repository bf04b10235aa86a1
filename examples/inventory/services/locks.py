"""Locks inside a write transaction, until its end.

SQLite has one lock, and a write transaction holds it from its start: there is nothing more to take. PostgreSQL lets
transactions run side by side, so each says what it is about to change, in this order:

1. a name, for what has no row yet: a call key, the id of an event (`lock_name`);
2. one product, or several sorted by SKU (`lock_product`, `lock_free_products`). A reservation belongs to one product for
   ever, and whoever changes it holds the lock of its product: its own row needs none.

One order for all means that no two transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.tables import ProductRow


async def lock_name(session: AsyncSession, *name: str) -> None:
    """Let one transaction at a time past a name, before it locks anything else."""
    if session.get_bind().dialect.name == "postgresql":
        # Two names can share a number; then they wait for each other once, which is all.
        number = func.hashtextextended("\n".join(name), 0)
        await session.execute(select(func.pg_advisory_xact_lock(number)))


async def lock_product(session: AsyncSession, sku: str) -> None:
    """Let one transaction at a time change a product and its reservations. What is not there is not locked."""
    await session.execute(select(ProductRow.sku).where(ProductRow.sku == sku).with_for_update(key_share=True))


async def lock_free_products(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[str]:
    """Lock those products among some that nobody else has locked, and give their SKUs: for work that can wait."""
    free = select(ProductRow.sku).where(which).order_by(ProductRow.sku).with_for_update(key_share=True, skip_locked=True)
    return (await session.scalars(free)).all()
