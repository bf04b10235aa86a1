from __future__ import annotations

from typing import Annotated

from app.api._callers import api_caller
from composition import shop
from services.models import Reservation
from twofold import Depends

Owner = Annotated[str, Depends(api_caller)]


async def GET(reservation_id: str, owner: Owner) -> Reservation:
    """Show a reservation to its owner."""
    return await shop().reservations.get(reservation_id, owner)


async def DELETE(reservation_id: str, owner: Owner) -> Reservation:
    """Give the units of a hold back, and show what became of it."""
    return await shop().reservations.cancel(reservation_id, owner)
