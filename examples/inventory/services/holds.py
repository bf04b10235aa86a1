"""Steps on reservations inside a transaction: find, change, expire, show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import UnknownReservation, reservation_closed
from services.locks import lock_free_products, lock_product
from services.models import Reservation
from services.states import STEPS, Change, is_due, status_at
from services.stock_moves import move
from services.tables import ProductRow, ReservationRow


async def find(session: AsyncSession, reservation_id: str) -> ReservationRow:
    """Find a reservation.

    Raises:
        UnknownReservation: there is none with this id.
    """
    row = await session.get(ReservationRow, reservation_id)
    if row is None:
        raise UnknownReservation
    return row


async def find_owned(session: AsyncSession, reservation_id: str, owner: str) -> ReservationRow:
    """Find a reservation of one owner.

    Raises:
        UnknownReservation: there is none with this id, or it is someone else's.
    """
    row = await find(session, reservation_id)
    if row.owner != owner:
        raise UnknownReservation
    return row


async def lock(session: AsyncSession, reservation_id: str) -> None:
    """Lock the product of a reservation, before it is read to be changed. What is not there is not locked."""
    sku = await session.scalar(select(ReservationRow.sku).where(ReservationRow.id == reservation_id))
    if sku is not None:
        await lock_product(session, sku)


async def change(session: AsyncSession, row: ReservationRow, kind: Change) -> None:
    """Take a reservation one step on, and its stock with it.

    The row was read behind the lock of its product, so it is in the state that it shows.

    Raises:
        ReservationClosed: its state has no such step.
    """
    step = STEPS.get((row.status, kind))
    if step is None:
        raise reservation_closed(row.status)
    if step.stock is not None and not await move(session, row.sku, step.stock, row.quantity):
        raise RuntimeError(f"{row.sku}: the stock figures do not cover reservation {row.id}")
    row.status = step.status


async def expire_if_due(session: AsyncSession, row: ReservationRow, now: datetime) -> None:
    """Expire one reservation if its time is up."""
    if is_due(row.status, row.expires_at, now):
        await change(session, row, "expire")


async def expire_due_of(session: AsyncSession, now: datetime, sku: str) -> None:
    """Expire the holds of one product, which is locked, whose time is up."""
    await _expire(session, _due(now).where(ReservationRow.sku == sku))


async def expire_due(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[ReservationRow]:
    """Expire holds whose time is up, the oldest first, and give them back.

    Products that someone is changing are left alone: their holds are due for the next who comes by.

    Args:
        limit: no more than this many.
    """
    waiting = select(ReservationRow.sku).where(ReservationRow.status == "held", ReservationRow.expires_at <= now)
    free = await lock_free_products(session, ProductRow.sku.in_(waiting))
    if not free:
        return ()
    return await _expire(session, _due(now).where(ReservationRow.sku.in_(free)).limit(limit))


def _due(now: datetime) -> Select[ReservationRow]:
    due = select(ReservationRow).where(ReservationRow.status == "held", ReservationRow.expires_at <= now)
    return due.order_by(ReservationRow.expires_at)


async def _expire(session: AsyncSession, due: Select[ReservationRow]) -> Sequence[ReservationRow]:
    rows = (await session.scalars(due)).all()
    for row in rows:
        await change(session, row, "expire")
    return rows


def show(row: ReservationRow, now: datetime) -> Reservation:
    """Show a reservation as it stands at `now`."""
    return Reservation(
        id=row.id,
        sku=row.sku,
        name=row.product.name,
        quantity=row.quantity,
        status=status_at(row.status, row.expires_at, now),
        amount=row.amount,
        currency=row.currency,
        created_at=row.created_at,
        expires_at=row.expires_at,
        payment_id=row.payment_id,
        payment_failed_at=row.payment_failed_at,
        paid_at=row.paid_at,
        refunded_at=row.refunded_at,
    )


def show_as_created(row: ReservationRow) -> Reservation:
    """Show a reservation as its owner saw it first, whatever became of it since."""
    shown = show(row, row.created_at)
    return replace(shown, status="held", payment_id=None, payment_failed_at=None, paid_at=None, refunded_at=None)
