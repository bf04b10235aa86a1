"""The ledger of payments: every event once, and the money that is due back.

    due back = charged - refunded - kept

for each reservation and currency, where only a paid reservation keeps its amount. So money that came too
late, twice, in the wrong amount or for nothing is due back until a refund of it is on record.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, literal, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from services.columns import Money
from services.models import Outcome, PaymentEvent, RefundDue
from services.provider import event_body
from services.tables import PaymentEventRow, ReservationRow

NOTHING = literal(Decimal(0), Money)


def record(session: AsyncSession, event: PaymentEvent, outcome: Outcome, now: datetime) -> None:
    """Write an event down."""
    session.add(
        PaymentEventRow(
            id=event.id,
            type=event.type,
            reservation_id=event.data.reservation_id,
            amount=event.data.amount,
            currency=event.data.currency,
            outcome=outcome,
            received_at=now,
            payload=event_body(event).decode(),
        )
    )


async def refunds_due(session: AsyncSession) -> list[RefundDue]:
    """List the money that the shop has and may not keep, by reservation."""
    due = type_coerce(_sum("payment.succeeded") - _sum("payment.refunded") - _kept(), Money)
    lines = await session.execute(
        select(PaymentEventRow.reservation_id, due, PaymentEventRow.currency)
        .outerjoin(ReservationRow, ReservationRow.id == PaymentEventRow.reservation_id)
        .group_by(PaymentEventRow.reservation_id, PaymentEventRow.currency)
        .having(due > NOTHING)
        .order_by(func.min(PaymentEventRow.received_at), PaymentEventRow.reservation_id)
    )
    return [RefundDue(*line) for line in lines]


def _sum(kind: str) -> ColumnElement[Decimal]:
    return func.sum(case((PaymentEventRow.type == kind, PaymentEventRow.amount), else_=NOTHING))


def _kept() -> ColumnElement[Decimal]:
    is_kept = and_(ReservationRow.status == "paid", ReservationRow.currency == PaymentEventRow.currency)
    return func.max(case((is_kept, ReservationRow.amount), else_=NOTHING))
