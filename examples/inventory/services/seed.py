"""The products that a new shop starts with."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from services.database import Database
from services.locks import lock_name
from services.tables import ProductRow

CURRENCY = "EUR"


class Seed(NamedTuple):
    """One product of a new shop."""

    sku: str
    name: str
    price: str
    units: int
    description: str


SEEDS = (
    Seed("A-1", "Aurora desk lamp", "89.00", 24, "Opal glass on brushed brass. Dims from reading light to candle glow."),
    Seed("A-2", "Meridian wall clock", "64.50", 18, "Silent sweep movement in solid ash. No numerals, just time."),
    Seed("B-1", "Fjord wool blanket", "129.00", 12, "Woven in Norway from undyed lambswool. 140 by 200 cm."),
    Seed("B-2", "Harbour linen cushion", "39.90", 40, "Stone-washed linen that softens with every wash. Filling included."),
    Seed("C-1", "Ember pour-over set", "54.00", 30, "Stoneware dripper, carafe and two cups, glazed by hand in charcoal."),
    Seed("C-2", "Tidal serving bowl", "46.00", 16, "Reactive blue glaze: no two bowls leave the kiln alike. 28 cm across."),
    Seed("D-1", "Compass field notebook", "18.50", 75, "192 dotted pages that lie flat, a ribbon, and a pocket for tickets."),
    Seed("D-2", "Solstice record player", "349.00", 3, "Walnut plinth, belt drive, phono stage. The end of a numbered edition."),
)


async def seed(db: Database) -> None:
    """Add the products that are not there yet. Products that are there keep their stock."""
    async with db.write() as session:
        await lock_name(session, "seed")
        known = set(await session.scalars(select(ProductRow.sku)))
        session.add_all(_row(new) for new in SEEDS if new.sku not in known)


def _row(new: Seed) -> ProductRow:
    return ProductRow(
        sku=new.sku,
        name=new.name,
        description=new.description,
        price=Decimal(new.price),
        currency=CURRENCY,
        initial=new.units,
        available=new.units,
    )
