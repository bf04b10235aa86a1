from __future__ import annotations

from app._payments import SIGNATURE, take
from services.models import PaymentEvent, Processed
from twofold import verify


@verify(SIGNATURE)
async def POST(event: PaymentEvent) -> Processed:
    """Take news from the payment provider: nothing of it is parsed before its signature holds."""
    return await take(event)
