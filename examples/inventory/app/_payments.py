"""The one way in for news of payments: signature, then parsing, then effect."""

from __future__ import annotations

from pydantic import TypeAdapter

from composition import ENVIRONMENT, shop
from services.models import PaymentEvent, Processed
from services.provider import SignedEvent
from twofold import HmacSha256

SIGNATURE = HmacSha256(header="x-payment-signature", secret=ENVIRONMENT.payment_secret)

_EVENT = TypeAdapter(PaymentEvent)


async def take(event: PaymentEvent) -> Processed:
    """Let a verified event take effect."""
    return await shop().payments.process(event)


async def deliver(signed: SignedEvent) -> Processed:
    """Receive what the simulated provider sends, as `POST /api/webhooks/payment` does, without the network between.

    Raises:
        Forbidden: the signature does not hold.
    """
    headers = [(SIGNATURE.header.encode(), signed.signature.encode())]
    SIGNATURE.verify(headers, signed.body, shop().clock().timestamp())
    return await take(_EVENT.validate_json(signed.body))
