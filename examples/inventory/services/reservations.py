"""Reservations: units set aside for one owner until they are paid, cancelled or their time is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services import call_keys, holds
from services.clock import Clock
from services.database import Database
from services.errors import OutOfStock, UnknownSku, out_of_stock
from services.locks import lock_name, lock_product
from services.models import MAX_ORDER, Reservation
from services.public_id import new_reservation_id
from services.stock_moves import move
from services.tables import CallKeyRow, ProductRow, ReservationRow
from twofold.errors import ValidationFailed

HOLD_SECONDS = 15 * 60
SWEEP_BATCH = 100
LIST_LIMIT = 100


class Order(NamedTuple):
    """What someone wants set aside. `owner` is `session:...` or `key:...`."""

    sku: str
    quantity: int
    owner: str


class Answer(NamedTuple):
    """What an order got; `is_replay` when its call key had got this answer before."""

    result: Reservation | OutOfStock
    is_replay: bool

    def unwrap(self) -> Reservation:
        """Give the reservation, or raise the refusal."""
        if isinstance(self.result, OutOfStock):
            raise self.result
        return self.result


@dataclass(frozen=True)
class Reservations:
    """Hold, show, cancel and expire.

    Args:
        hold_seconds: how long a hold lasts, to the microsecond.
    """

    db: Database
    clock: Clock
    hold_seconds: float = HOLD_SECONDS
    new_id: Callable[[], str] = new_reservation_id

    async def reserve(self, sku: str, quantity: int, owner: str, call_key: str | None = None) -> Reservation:
        """Set units of one product aside.

        Args:
            quantity: 1 to 100.
            call_key: names this call; the same key with the same arguments gets the same answer and no second hold.

        Raises:
            OutOfStock: fewer units are available; `available` says how many.
            UnknownSku: there is no such product.
            KeyReused: the owner used the key for other arguments.
        """
        return (await self.answer(sku, quantity, owner, call_key)).unwrap()

    async def answer(self, sku: str, quantity: int, owner: str, call_key: str | None) -> Answer:
        """Do as `reserve` does, give a refusal for want of stock as a value, and tell a replay from a first answer."""
        _check_quantity(quantity)
        order = Order(sku, quantity, owner)
        async with self.db.write() as session:
            if call_key is None:
                return Answer(await self._place(session, order), is_replay=False)
            return await self._place_once(session, order, call_key)

    async def get(self, reservation_id: str, owner: str) -> Reservation:
        """Get one reservation of an owner.

        Raises:
            UnknownReservation: there is none, or it is someone else's.
        """
        async with self.db.read() as session:
            row = await holds.find_owned(session, reservation_id, owner)
            return holds.show(row, await self.clock(session))

    async def list_for(self, owner: str) -> list[Reservation]:
        """List the latest reservations of an owner, the newest first; at most 100."""
        async with self.db.read() as session:
            rows = await session.scalars(
                select(ReservationRow)
                .where(ReservationRow.owner == owner)
                .order_by(ReservationRow.created_at.desc(), ReservationRow.id)
                .limit(LIST_LIMIT)
            )
            now = await self.clock(session)
            return [holds.show(row, now) for row in rows]

    async def cancel(self, reservation_id: str, owner: str) -> Reservation:
        """Give the units of a hold back. Cancelling again changes nothing.

        Raises:
            UnknownReservation: there is none, or it is someone else's.
            ReservationClosed: it is no longer held; `state` says what it is.
        """
        async with self.db.write() as session:
            await holds.lock(session, reservation_id)
            now = await self.clock(session)
            row = await holds.find_owned(session, reservation_id, owner)
            await holds.expire_if_due(session, row, now)
            if row.status != "cancelled":
                await holds.change(session, row, "cancel")
            return holds.show(row, now)

    async def expire_due(self) -> list[Reservation]:
        """Expire every hold whose time is up and give them all, so that their products can be shown afresh.

        Each batch is a transaction of its own, so buyers wait for one batch at most. Sweepers may run side
        by side: a hold expires in one of them.
        """
        expired: list[Reservation] = []
        while batch := await self._expire_batch():
            expired += batch
        return expired

    async def _expire_batch(self) -> list[Reservation]:
        """Expire some holds, and forget some old call keys on the way."""
        async with self.db.write() as session:
            now = await self.clock(session)
            await call_keys.forget(session, now, SWEEP_BATCH)
            return [holds.show(row, now) for row in await holds.expire_due(session, now, limit=SWEEP_BATCH)]

    async def _place(self, session: AsyncSession, order: Order) -> Reservation | OutOfStock:
        await lock_product(session, order.sku)
        now = await self.clock(session)
        # A buyer is never refused units whose hold has run out, however late the sweeper is.
        await holds.expire_due_of(session, now, order.sku)
        if await move(session, order.sku, "hold", order.quantity):
            return await self._write_down(session, order, now)
        return out_of_stock(await _available(session, order.sku))

    async def _write_down(self, session: AsyncSession, order: Order, now: datetime) -> Reservation:
        product = await session.get_one(ProductRow, order.sku)
        row = ReservationRow(
            id=self.new_id(),
            product=product,
            sku=order.sku,
            quantity=order.quantity,
            owner=order.owner,
            status="held",
            amount=product.price * order.quantity,
            currency=product.currency,
            created_at=now,
            expires_at=now + timedelta(seconds=self.hold_seconds),
        )
        session.add(row)
        await session.flush()
        return holds.show_as_created(row)

    async def _place_once(self, session: AsyncSession, order: Order, call_key: str) -> Answer:
        arguments = call_keys.fingerprint(order.sku, order.quantity)
        await lock_name(session, "call key", order.owner, call_key)
        known = await call_keys.recall(session, order.owner, call_key, arguments)
        if known is not None:
            return Answer(await _answer_again(session, known), is_replay=True)
        result = await self._place(session, order)
        session.add(
            CallKeyRow(
                principal=order.owner,
                key=call_key,
                fingerprint=arguments,
                reservation_id=None if isinstance(result, OutOfStock) else result.id,
                refused_available=result.available if isinstance(result, OutOfStock) else None,
                created_at=await self.clock(session),
            )
        )
        return Answer(result, is_replay=False)


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_ORDER:
        raise ValidationFailed(fields={"quantity": [f"Must be between 1 and {MAX_ORDER}"]})


async def _available(session: AsyncSession, sku: str) -> int:
    available = await session.scalar(select(ProductRow.available).where(ProductRow.sku == sku))
    if available is None:
        raise UnknownSku
    return available


async def _answer_again(session: AsyncSession, known: CallKeyRow) -> Reservation | OutOfStock:
    if known.refused_available is not None:
        return out_of_stock(known.refused_available)
    if known.reservation_id is None:
        raise RuntimeError(f"call key {known.id} has no answer")
    return holds.show_as_created(await holds.find(session, known.reservation_id))
