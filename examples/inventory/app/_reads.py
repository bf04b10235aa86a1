"""What pages and handlers read of the stock, kept until it changes.

Every transaction that changes the stock of a product revalidates `stock` and `stock:{sku}` when it is committed: see
`services/stock_moves.py`. One change has no author: a hold that runs out. The sweeper commits it; should a sweep fail
half-way, the time to live bounds how long that goes unseen.

What the stock does not change has tags of its own, so that a page about a product is not outdated by every sale of it.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from composition import shop
from services.models import Details, Product
from twofold import cached

MAX_AGE_SECONDS = 60

Sku: TypeAlias = Annotated[str, Field(pattern="^[A-Z0-9-]{1,32}$")]
"""What can be a SKU at all: anything else is not looked up."""


@cached(tags=["stock"], ttl=MAX_AGE_SECONDS)
async def products() -> list[Product]:
    """List all products with their stock figures."""
    return list(await shop().catalog.list_products())


@cached(tags=["products"], ttl=MAX_AGE_SECONDS)
async def skus() -> list[Sku]:
    """List what the shop has, without the figures."""
    return [one.sku for one in await shop().catalog.list_products()]


@cached(tags=["product:{sku}"], ttl=MAX_AGE_SECONDS)
async def details(sku: Sku) -> Details:
    """Get what a product is, without the figures.

    Raises:
        UnknownSku: there is none with this SKU.
    """
    found = await shop().catalog.get_product(sku)
    return Details(found.sku, found.name, found.description, found.price, found.currency)


@cached(tags=["picture:{sku}"], ttl=MAX_AGE_SECONDS)
async def picture_name(sku: Sku) -> str | None:
    """Give the name of a product's picture; None where nobody has uploaded one."""
    return shop().pictures.name_of(sku)


@cached(tags=["stock:{sku}"], ttl=MAX_AGE_SECONDS)
async def product(sku: Sku) -> Product:
    """Get one product with its stock figures.

    Raises:
        UnknownSku: there is none with this SKU.
    """
    return await shop().catalog.get_product(sku)
