"""The catalog: products with their stock levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.database import Database
from services.errors import UnknownSku
from services.models import Product
from services.tables import ProductRow, ReservationRow


@dataclass(frozen=True)
class Catalog:
    """What the shop has."""

    db: Database
    clock: Clock

    async def list_products(self) -> list[Product]:
        """List all products by SKU."""
        async with self.db.read() as session:
            rows = await session.execute(_levels(await self.clock(session)))
            return [_show(row, due) for row, due in rows]

    async def get_product(self, sku: str) -> Product:
        """Get one product.

        Raises:
            UnknownSku: there is none with this SKU.
        """
        async with self.db.read() as session:
            return await product(session, sku, await self.clock(session))


async def product(session: AsyncSession, sku: str, now: datetime) -> Product:
    """Get one product as it stands at `now`, inside a transaction.

    Raises:
        UnknownSku: there is none with this SKU.
    """
    found = (await session.execute(_levels(now).where(ProductRow.sku == sku))).one_or_none()
    if found is None:
        raise UnknownSku
    return _show(*found)


def _levels(now: datetime) -> Select[ProductRow, int]:
    """Select products with the units whose hold has run out, though the sweeper has not come by yet."""
    due = (
        select(ReservationRow.sku, func.sum(ReservationRow.quantity).label("units"))
        .where(ReservationRow.status == "held", ReservationRow.expires_at <= now)
        .group_by(ReservationRow.sku)
        .subquery()
    )
    units = func.coalesce(due.c.units, 0)
    return select(ProductRow, units).outerjoin(due, due.c.sku == ProductRow.sku).order_by(ProductRow.sku)


def _show(row: ProductRow, due: int) -> Product:
    return Product(
        sku=row.sku,
        name=row.name,
        description=row.description,
        price=row.price,
        currency=row.currency,
        initial=row.initial,
        restocked=row.restocked,
        available=row.available + due,
        held=row.held - due,
        sold=row.sold,
    )
