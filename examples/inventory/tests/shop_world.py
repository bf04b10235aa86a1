"""What the tests of the shop share: a clock to set, ways to open a shop, events, and the audit of its books."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from subprocess import PIPE, Popen

from services.clock import WallClock
from services.database import Database
from services.models import PaymentData, PaymentEvent, PaymentEventType, Reservation
from services.shop import Shop

HERE = Path(__file__).parent
SECRET = "a-secret-shared-with-the-provider"
OWNER = "session:ada"
PLENTY = "D-1"
"""A product with many units."""
SCARCE = "D-2"
"""A product with three units."""


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, *, seconds: float = 0, microseconds: int = 0) -> None:
        self.now += timedelta(seconds=seconds, microseconds=microseconds)


@asynccontextmanager
async def open_shop(url: str, clock: WallClock | None = None) -> AsyncIterator[Shop]:
    """Open the shop on a database that is there; without a clock, by that of the database."""
    shop = Shop(Database(url), payment_secret=SECRET, clock=clock)
    try:
        yield shop
    finally:
        await shop.close()


def payment_event(
    kind: PaymentEventType, reservation: Reservation, event_id: str, *, amount: str | None = None, currency: str = "EUR"
) -> PaymentEvent:
    """Make an event about a reservation; about its own amount, if no other is given."""
    money = reservation.amount if amount is None else Decimal(amount)
    return PaymentEvent(event_id, kind, reservation.created_at, PaymentData(reservation.id, money, currency))


async def check_books(shop: Shop) -> None:
    """Check that every unit is somewhere and that the reservations explain the figures."""
    discrepancies = await shop.stock.discrepancies()
    assert discrepancies == []
    for product in await shop.catalog.list_products():
        assert product.initial + product.restocked == product.available + product.held + product.sold
        assert min(product.available, product.held, product.sold) >= 0


def start(program: str, *arguments: str | Path) -> Popen[str]:
    """Start one of the programs in `programs/`, which talks in lines."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command: Sequence[str | Path] = [sys.executable, HERE / "programs" / f"{program}.py", *arguments]
    return Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment)


def next_line(process: Popen[str]) -> str:
    """Wait for the next line of a program; empty or cut short when it has ended."""
    if process.stdout is None:
        raise RuntimeError("started without a pipe")
    return process.stdout.readline()


def go(process: Popen[str]) -> None:
    """Give a program the word that it waits for."""
    if process.stdin is None:
        raise RuntimeError("started without a pipe")
    process.stdin.write("go\n")
    process.stdin.flush()
