"""Stock: new units arrive, and the books are checked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select

from services.catalog import product
from services.clock import Clock
from services.database import Database
from services.errors import UnknownSku
from services.models import MAX_RESTOCK, Discrepancy, Product
from services.stock_moves import add
from services.tables import ProductRow, ReservationRow
from twofold.errors import ValidationFailed


@dataclass(frozen=True)
class Stock:
    """Restock, and audit."""

    db: Database
    clock: Clock

    async def restock(self, sku: str, quantity: int) -> Product:
        """Add new units of a product and give the product as it stands then.

        Args:
            quantity: 1 to 10,000.

        Raises:
            UnknownSku: there is no such product.
        """
        if not 1 <= quantity <= MAX_RESTOCK:
            raise ValidationFailed(fields={"quantity": [f"Must be between 1 and {MAX_RESTOCK}"]})
        async with self.db.write() as session:
            if not await add(session, sku, quantity):
                raise UnknownSku
            return await product(session, sku, await self.clock(session))

    async def discrepancies(self) -> list[Discrepancy]:
        """List the products whose figures do not follow from their reservations, or do not add up: none, if all is well."""
        held = func.coalesce(func.sum(case((ReservationRow.status == "held", ReservationRow.quantity))), 0)
        sold = func.coalesce(func.sum(case((ReservationRow.status == "paid", ReservationRow.quantity))), 0)
        have = ProductRow.initial + ProductRow.restocked
        share = ProductRow.available + ProductRow.held + ProductRow.sold
        async with self.db.read() as session:
            rows = await session.execute(
                select(ProductRow.sku, ProductRow.held, held, ProductRow.sold, sold)
                .outerjoin(ReservationRow, ReservationRow.sku == ProductRow.sku)
                .group_by(ProductRow.sku)
                .having(or_(ProductRow.held != held, ProductRow.sold != sold, have != share))
            )
            return [Discrepancy(*row) for row in rows]
