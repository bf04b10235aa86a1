"""What pages and handlers read of the stock, kept until it changes.

Whoever changes the stock revalidates `stock` and `stock:{sku}`. One change has no author: a hold that runs out. The
sweeper revalidates it; should a sweep fail half-way, the time to live bounds how long that goes unseen.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from composition import shop
from services.models import Product
from twofold import cached

MAX_AGE_SECONDS = 60

Sku: TypeAlias = Annotated[str, Field(pattern="^[A-Z0-9-]{1,32}$")]
"""What can be a SKU at all: anything else is not looked up."""


@cached(tags=["stock"], ttl=MAX_AGE_SECONDS)
async def products() -> list[Product]:
    """List all products with their stock figures."""
    return list(await shop().catalog.list_products())


@cached(tags=["stock:{sku}"], ttl=MAX_AGE_SECONDS)
async def product(sku: Sku) -> Product:
    """Get one product with its stock figures.

    Raises:
        UnknownSku: there is none with this SKU.
    """
    return await shop().catalog.get_product(sku)
