"""What an admin can do. The folder's middleware guards these actions, at whatever URL they are called."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from anyio import to_thread

from app import _admin
from app._reads import Sku
from composition import shop
from services.errors import UnknownSku
from services.models import Product, RestockQuantity
from services.pictures import EXTENSIONS
from twofold import FileLimits, Redirect, UploadFile, action, redirect

Picture: TypeAlias = Annotated[UploadFile, FileLimits(2 * 1024 * 1024, accept=tuple(EXTENSIONS))]


@action(errors=[UnknownSku])
async def restock(sku: Sku, quantity: RestockQuantity) -> Product:
    """Put new units on the shelf."""
    return await shop().stock.restock(sku, quantity)


@action(errors=[UnknownSku], revalidates=["picture:{sku}"])
async def change_picture(sku: Sku, image: Picture) -> str:
    """Show a product by a picture of its own."""
    await shop().catalog.get_product(sku)
    return await to_thread.run_sync(shop().pictures.keep, sku, image.file, image.content_type or "")


@action(idempotent=True)
async def sign_out() -> Redirect:
    """Leave the stock room."""
    _admin.dismiss()
    return redirect("/")
