"""What a visitor can do in the shop."""

from __future__ import annotations

from app._reads import Sku
from app._visitor import owner
from composition import shop
from services.errors import KeyReused, OutOfStock, ReservationClosed, UnknownReservation, UnknownSku
from services.models import OrderQuantity, Reservation
from twofold import Redirect, action, call_key, redirect


@action(errors=[OutOfStock, UnknownSku, KeyReused])
async def reserve_stock(sku: Sku, quantity: OrderQuantity) -> Reservation:
    """Hold stock for fifteen minutes."""
    try:
        return await shop().reservations.reserve(sku, quantity, owner(), call_key())
    except OutOfStock as refusal:
        raise OutOfStock(refusal.message, fields=_advice(refusal.available), available=refusal.available) from refusal


@action(errors=[ReservationClosed, UnknownReservation])
async def cancel_reservation(reservation_id: str) -> Reservation:
    """Give the units of a hold back."""
    return await shop().reservations.cancel(reservation_id, owner())


@action(errors=[ReservationClosed, UnknownReservation])
async def pay(reservation_id: str) -> Redirect:
    """Ask the provider for a payment and send the buyer there. Nothing is paid before the provider says so."""
    payment = await shop().payments.start_payment(reservation_id, owner())
    return redirect(f"/pay/{payment.reservation_id}")


def _advice(available: int) -> dict[str, list[str]]:
    return {
        "quantity": [
            f"Choose {available} or fewer" if available > 1 else "Choose 1" if available else "None can be reserved right now"
        ]
    }
