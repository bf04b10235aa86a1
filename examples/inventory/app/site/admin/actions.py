"""What an admin can do. The folder's middleware guards these actions, at whatever URL they are called."""

from __future__ import annotations

from app import _admin
from app._reads import Sku
from composition import shop
from services.errors import UnknownSku
from services.models import Product, RestockQuantity
from twofold import Redirect, action, redirect


@action(errors=[UnknownSku], revalidates=["stock", "stock:{sku}"])
async def restock(sku: Sku, quantity: RestockQuantity) -> Product:
    """Put new units on the shelf."""
    return await shop().stock.restock(sku, quantity)


@action(idempotent=True)
async def sign_out() -> Redirect:
    """Leave the stock room."""
    _admin.dismiss()
    return redirect("/")
