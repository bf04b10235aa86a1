"""Steps on reservations inside a transaction: find, change, expire, show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import UnknownReservation, reservation_closed
from services.models import Reservation
from services.states import STEPS, Change, is_due, status_at
from services.stock_moves import move
from services.tables import ReservationRow


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


async def change(session: AsyncSession, row: ReservationRow, kind: Change) -> None:
    """Take a reservation one step on, and its stock with it.

    The row was read under the write lock, so it is in the state that it shows.

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


async def expire_due(
    session: AsyncSession, now: datetime, *, sku: str | None = None, limit: int | None = None
) -> Sequence[ReservationRow]:
    """Expire the holds whose time is up, the oldest first, and give them back.

    Args:
        sku: only holds of this product.
        limit: no more than this many.
    """
    due = select(ReservationRow).where(ReservationRow.status == "held", ReservationRow.expires_at <= now)
    if sku is not None:
        due = due.where(ReservationRow.sku == sku)
    rows = (await session.scalars(due.order_by(ReservationRow.expires_at).limit(limit))).all()
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
