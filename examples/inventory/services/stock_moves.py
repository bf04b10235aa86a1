"""Moves of stock inside a transaction.

Units move from one figure of a product to another and are never made or lost on the way; each move is one
UPDATE that is guarded by its own WHERE. That is the whole proof that nothing is oversold.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.database import note_change
from services.states import StockMove
from services.tables import ProductRow

Figure = InstrumentedAttribute[int]

MOVES: Mapping[StockMove, tuple[Figure, Figure]] = {
    "hold": (ProductRow.available, ProductRow.held),
    "release": (ProductRow.held, ProductRow.available),
    "sell": (ProductRow.held, ProductRow.sold),
    "take_back": (ProductRow.sold, ProductRow.available),
}


async def move(session: AsyncSession, sku: str, kind: StockMove, quantity: int) -> bool:
    """Move units of one product; tell whether there were enough to move."""
    source, target = MOVES[kind]
    moved = await session.execute(
        update(ProductRow)
        .where(ProductRow.sku == sku, source >= quantity)
        .values({source: source - quantity, target: target + quantity})
        .returning(ProductRow.sku)
        .execution_options(synchronize_session=False)
    )
    return _noted(session, sku, is_changed=moved.one_or_none() is not None)


async def add(session: AsyncSession, sku: str, quantity: int) -> bool:
    """Add new units of one product; tell whether there is such a product."""
    added = await session.execute(
        update(ProductRow)
        .where(ProductRow.sku == sku)
        .values(restocked=ProductRow.restocked + quantity, available=ProductRow.available + quantity)
        .returning(ProductRow.sku)
        .execution_options(synchronize_session=False)
    )
    return _noted(session, sku, is_changed=added.one_or_none() is not None)


def _noted(session: AsyncSession, sku: str, *, is_changed: bool) -> bool:
    """Note a change where it is made: no caller can forget it."""
    if is_changed:
        note_change(session, "stock", f"stock:{sku}")
    return is_changed
