"""Your own code changes something: a job, a command, another action.

model: neither; call the service
why: There is no caller outside of the process, so there is nothing to check and nothing to answer. Revalidate what you
    change, and every page and every open browser follows.
cost: A function call, and one step of the cache for all tags together.
"""

from twofold import cached, revalidate_tag, revalidation

STOCK = {"A-1": 3}


@cached(tags=["stock:{sku}"])
async def level(sku: str) -> int:
    """Give how many there are."""
    return STOCK[sku]


async def restock(sku: str, quantity: int) -> None:
    """Add new units."""
    async with revalidation():
        STOCK[sku] += quantity
        revalidate_tag(f"stock:{sku}")
