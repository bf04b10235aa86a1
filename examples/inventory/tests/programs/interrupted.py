"""Do one thing and stop in the middle of its transaction, with the lock held, until someone kills this process."""
# ruff: noqa: T201 - this program prints

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from typing import NoReturn

from services.clock import database_time, told_by, utc_now
from services.database import Database
from services.models import PaymentData, PaymentEvent
from services.reservations import SWEEP_BATCH, Reservations
from services.shop import Shop


def stop() -> NoReturn:
    print("inside", flush=True)
    sys.stdin.read()
    raise SystemExit("nobody killed this process")


async def reserve(db: Database, sku: str) -> None:
    """Stop when the units have moved and the reservation is not written."""
    await Reservations(db, database_time, new_id=stop).reserve(sku, 1, "session:ada", "click")


async def pay(db: Database, reservation_id: str) -> None:
    """Stop when the reservation is found and its event is not recorded."""
    shop = Shop(db, payment_secret="unused", clock=stop)
    payment = await shop.payments.payment_for(reservation_id)
    data = PaymentData(payment.reservation_id, payment.amount, payment.currency)
    await shop.payments.process(PaymentEvent("evt_1", "payment.succeeded", utc_now(), data))


async def sweep(db: Database, _: str) -> None:
    """Stop in the second batch."""
    calls = 0

    def tomorrow() -> datetime:
        nonlocal calls
        calls += 1
        return utc_now() + timedelta(days=1) if calls == 1 else stop()

    await Reservations(db, told_by(tomorrow)).expire_due()
    raise SystemExit(f"fewer than {SWEEP_BATCH} holds to expire")


asyncio.run({"reserve": reserve, "pay": pay, "sweep": sweep}[sys.argv[2]](Database(sys.argv[1]), sys.argv[3]))
