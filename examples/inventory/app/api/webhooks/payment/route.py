from __future__ import annotations

from twofold import verify

from app._payments import SIGNATURE, take
from services.models import PaymentEvent, Processed


@verify(SIGNATURE)
async def POST(event: PaymentEvent) -> Processed:
    """Take news from the payment provider: nothing of it is parsed before its signature holds."""
    return await take(event)
