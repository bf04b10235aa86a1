"""What a visitor can do: `import { reserveStock } from '@/actions/inventory'`."""

from __future__ import annotations

from app._reads import Sku
from app._visitor import owner
from composition import shop
from services.errors import KeyReused, OutOfStock, UnknownSku
from services.models import OrderQuantity, Reservation
from twofold import action, call_key


@action(errors=[OutOfStock, UnknownSku, KeyReused], export=True)
async def reserve_stock(sku: Sku, quantity: OrderQuantity) -> Reservation:
    """Hold stock for fifteen minutes."""
    return await shop().reservations.reserve(sku, quantity, owner(), call_key())
