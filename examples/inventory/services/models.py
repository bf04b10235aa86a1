"""What the services take and give: plain frozen values that any boundary can turn into JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Le
from pydantic import AwareDatetime, Field

from services.states import Status

MAX_ORDER = 100
MAX_RESTOCK = 10_000

OrderQuantity: TypeAlias = Annotated[int, Ge(1), Le(MAX_ORDER)]
RestockQuantity: TypeAlias = Annotated[int, Ge(1), Le(MAX_RESTOCK)]
Amount: TypeAlias = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Currency: TypeAlias = Annotated[str, Field(pattern="^[A-Z]{3}$")]

PaymentEventType: TypeAlias = Literal["payment.succeeded", "payment.failed", "payment.refunded"]
Outcome: TypeAlias = Literal[
    "charged", "refunded", "payment_failed", "charged_again", "refunded_again", "amount_mismatch", "unknown_reservation"
]


@dataclass(frozen=True, slots=True)
class Product:
    """A product and its stock figures: `initial + restocked == available + held + sold`, always."""

    sku: str
    name: str
    description: str
    price: Decimal
    currency: str
    initial: int
    restocked: int
    available: int
    held: int
    sold: int


@dataclass(frozen=True, slots=True)
class Details:
    """What a product is, however many there are."""

    sku: str
    name: str
    description: str
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units set aside for one owner. Instants are aware UTC; the hold ends at `expires_at`.

    `payment_failed_at` is the last failed attempt: the hold goes on, and so may the customer.
    """

    id: str
    sku: str
    name: str
    quantity: int
    status: Status
    amount: Decimal
    currency: str
    created_at: datetime
    expires_at: datetime
    payment_id: str | None
    payment_failed_at: datetime | None
    paid_at: datetime | None
    refunded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment at the provider, for one reservation."""

    id: str
    reservation_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentData:
    """The subject of a payment event."""

    reservation_id: Annotated[str, Field(pattern="^[!-~]{1,64}$")]
    amount: Amount
    currency: Currency


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What the payment provider reports, once or more often, in any order."""

    id: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,128}$")]
    type: PaymentEventType
    created: AwareDatetime
    data: PaymentData


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a payment event.

    `status` and `sku` are the reservation's after the event; both are None for an unknown reservation.
    """

    event_id: str
    outcome: Outcome
    is_duplicate: bool
    status: Status | None
    sku: str | None


@dataclass(frozen=True, slots=True)
class RefundDue:
    """Money that the shop has and may not keep."""

    reservation_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Stock figures of a product that its reservations do not explain. There should never be one."""

    sku: str
    held: int
    held_by_reservations: int
    sold: int
    sold_by_reservations: int
