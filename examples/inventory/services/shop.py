"""The shop: every service, put together."""

from __future__ import annotations

from pathlib import Path

from services.catalog import Catalog
from services.clock import WallClock, database_time, told_by, utc_now
from services.database import Database
from services.payments import Payments
from services.pictures import Pictures
from services.provider import SimulatedProvider
from services.reservations import HOLD_SECONDS, Reservations
from services.seed import seed
from services.stock import Stock


class Shop:
    """The services of one shop on one database.

        shop = Shop(Database(url), payment_secret=secret)
        await shop.open()
        held = await shop.reservations.reserve("A-1", 2, owner="session:...")

    Args:
        payment_secret: shared with the payment provider, which signs its webhooks with it.
        pictures: folder of the uploaded pictures.
        clock: gives the present instant in UTC, instead of the clock of the database.
        hold_seconds: how long a hold lasts.
    """

    def __init__(
        self,
        db: Database,
        *,
        payment_secret: str,
        pictures: Path = Path("data/pictures"),
        clock: WallClock | None = None,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self.db = db
        self.clock = clock or utc_now
        deciding = told_by(clock) if clock else database_time
        self.provider = SimulatedProvider(payment_secret, self.clock)
        self.catalog = Catalog(db, deciding)
        self.reservations = Reservations(db, deciding, hold_seconds)
        self.payments = Payments(db, deciding, self.provider)
        self.stock = Stock(db, deciding)
        self.pictures = Pictures(pictures)

    async def open(self) -> None:
        """Bring the database up to date and fill an empty shop."""
        await self.db.migrate()
        await seed(self.db)

    async def close(self) -> None:
        """Close the database."""
        await self.db.close()
