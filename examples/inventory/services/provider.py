"""The payment provider, simulated: it makes the signed events that a real one would deliver.

It delivers nothing. Whoever wants the event to arrive sends `body` with `signature` to the webhook.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from pydantic import TypeAdapter

from services.clock import WallClock
from services.models import Payment, PaymentData, PaymentEvent, PaymentEventType
from services.public_id import new_event_id

_EVENT = TypeAdapter(PaymentEvent)


class SignedEvent(NamedTuple):
    """A webhook request, as far as the provider makes it.

    `signature` is the hex HMAC-SHA256 of `body`, for the header `x-payment-signature`.
    """

    body: bytes
    signature: str


def event_body(event: PaymentEvent) -> bytes:
    """Write an event as the JSON that travels."""
    return _EVENT.dump_json(event)


def signed_event(event: PaymentEvent, secret: str) -> SignedEvent:
    """Write an event and sign the bytes."""
    body = event_body(event)
    return SignedEvent(body, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())


@dataclass(frozen=True)
class SimulatedProvider:
    """A provider that agrees to everything.

    Args:
        secret: `PAYMENT_SECRET`, shared with the webhook.
    """

    secret: str
    clock: WallClock
    new_id: Callable[[], str] = new_event_id

    def create_payment(self, reservation_id: str, amount: Decimal, currency: str) -> Payment:
        """Open a payment. Asked again for the same reservation, it gives the same payment, as idempotent providers do."""
        return Payment(f"pay_{reservation_id.removeprefix('r_')}", reservation_id, amount, currency)

    def signed_event(self, kind: PaymentEventType, payment: Payment) -> SignedEvent:
        """Report that a payment succeeded, failed or was refunded. Each report has an id of its own."""
        data = PaymentData(payment.reservation_id, payment.amount, payment.currency)
        return signed_event(PaymentEvent(self.new_id(), kind, self.clock(), data), self.secret)
