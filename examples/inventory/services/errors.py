"""What the shop refuses. Each refusal is part of the contract with its caller: code, status, typed data."""

from __future__ import annotations

from twofold.errors import ContractError, NotFound


class UnknownSku(NotFound, code="UNKNOWN_SKU", message="There is no such product"):
    """No product has this SKU."""


class UnknownReservation(NotFound, code="UNKNOWN_RESERVATION", message="There is no such reservation"):
    """No reservation has this id, or it belongs to someone else: the answer does not tell which."""


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
    """Fewer units are available than were asked for."""

    available: int


class ReservationClosed(ContractError, code="RESERVATION_CLOSED", status=409):
    """The reservation is past the state in which this can be done."""

    state: str


class KeyReused(
    ContractError, code="KEY_REUSED", status=422, message="This idempotency key was used for another request. Use a new key"
):
    """A call key came back with other arguments."""


def out_of_stock(available: int) -> OutOfStock:
    """Make the refusal of an order that the stock cannot fill."""
    return OutOfStock(f"Only {available} left" if available else "Sold out", available=available)


def reservation_closed(state: str) -> ReservationClosed:
    """Make the refusal of a change that comes too late."""
    return ReservationClosed(f"This reservation is {state.replace('_', ' ')}", state=state)
