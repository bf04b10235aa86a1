"""Payments: ask the provider for one, and make its events count once, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services import holds, ledger
from services.clock import Clock
from services.database import Database, note_change
from services.errors import reservation_closed
from services.locks import lock_name
from services.models import Outcome, Payment, PaymentEvent, Processed, RefundDue
from services.provider import SimulatedProvider
from services.settlement import CHANGES, Facts, decide
from services.states import status_at
from services.tables import PaymentEventRow, ReservationRow


@dataclass(frozen=True)
class Payments:
    """Money for reservations."""

    db: Database
    clock: Clock
    provider: SimulatedProvider

    async def start_payment(self, reservation_id: str, owner: str) -> Payment:
        """Ask the provider for the payment of a hold; asked again, it gives the same payment.

        The hold is not prolonged: money that comes after its end is due back.

        Raises:
            UnknownReservation: there is none, or it is someone else's.
            ReservationClosed: it is no longer held; `state` says what it is.
        """
        async with self.db.write() as session:
            await holds.lock(session, reservation_id)
            row = await holds.find_owned(session, reservation_id, owner)
            status = status_at(row.status, row.expires_at, await self.clock(session))
            if status != "held":
                raise reservation_closed(status)
            payment = self._payment(row)
            row.payment_id = payment.id
            row.payment_failed_at = None
            return payment

    async def payment_for(self, reservation_id: str) -> Payment:
        """Give the payment of any reservation: for test webhooks.

        Raises:
            UnknownReservation: there is none with this id.
        """
        async with self.db.read() as session:
            return self._payment(await holds.find(session, reservation_id))

    async def process(self, event: PaymentEvent) -> Processed:
        """Let a verified event take effect, once for its id.

        The instant of arrival decides whether a hold was still alive, not `created`: after the end of the
        hold its units may be someone else's.
        """
        async with self.db.write() as session:
            await lock_name(session, "payment event", event.id)
            await holds.lock(session, event.data.reservation_id)
            row = await session.get(ReservationRow, event.data.reservation_id)
            seen = await session.get(PaymentEventRow, event.id)
            if seen is not None:
                return _processed(event, seen.outcome, row, is_duplicate=True)
            now = await self.clock(session)
            outcome = decide(event, None if row is None else _facts(row))
            ledger.record(session, event, outcome, now)
            note_change(session, "stock")  # what is due back is shown beside it
            if row is not None:
                note_change(session, f"stock:{row.sku}")
                await holds.expire_if_due(session, row, now)
                await _settle(session, row, outcome, now)
            return _processed(event, outcome, row, is_duplicate=False)

    async def refunds_due(self) -> list[RefundDue]:
        """List the money that is due back, the longest waiting first."""
        async with self.db.read() as session:
            return await ledger.refunds_due(session)

    def _payment(self, row: ReservationRow) -> Payment:
        return self.provider.create_payment(row.id, row.amount, row.currency)


def _facts(row: ReservationRow) -> Facts:
    return Facts(row.amount, row.currency, is_charged=row.paid_at is not None, is_refunded=row.refunded_at is not None)


async def _settle(session: AsyncSession, row: ReservationRow, outcome: Outcome, now: datetime) -> None:
    if outcome in CHANGES:
        await holds.change(session, row, CHANGES[outcome])
    if outcome == "charged":
        row.paid_at = now
    elif outcome == "refunded":
        row.refunded_at = now
    elif outcome == "payment_failed":
        row.payment_failed_at = now


def _processed(event: PaymentEvent, outcome: Outcome, row: ReservationRow | None, *, is_duplicate: bool) -> Processed:
    status, sku = (None, None) if row is None else (row.status, row.sku)
    return Processed(event.id, outcome, is_duplicate, status, sku)
