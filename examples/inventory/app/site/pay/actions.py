"""The simulated payment provider's side of the counter."""

from __future__ import annotations

from typing import Literal

from app._payments import deliver
from app._visitor import owner
from composition import shop
from services.errors import UnknownReservation
from twofold import Redirect, action, redirect


@action(errors=[UnknownReservation])
async def settle(reservation_id: str, kind: Literal["payment.succeeded", "payment.failed"]) -> Redirect:
    """Play the provider: sign what the buyer decided, and deliver it as a webhook."""
    await shop().reservations.get(reservation_id, owner())
    payment = await shop().payments.payment_for(reservation_id)
    await deliver(shop().provider.signed_event(kind, payment))
    return redirect(f"/reservations#{reservation_id}")
