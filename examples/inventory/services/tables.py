"""The five tables. What must always be true of them is a constraint, not a hope."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from services.columns import Money, UtcDateTime
from services.models import Outcome, PaymentEventType
from services.states import Status

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can drop it."""

_STATUSES = ", ".join(f"'{status}'" for status in get_args(Status))


class Base(DeclarativeBase):
    """The schema of the shop."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {Decimal: Money, datetime: UtcDateTime}


class ProductRow(Base):
    """A product. `available`, `held` and `sold` share out `initial + restocked`; units only ever move between them."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("initial + restocked = available + held + sold", name="every_unit_is_somewhere"),
        CheckConstraint("available >= 0", name="available_is_not_negative"),
        CheckConstraint("held >= 0", name="held_is_not_negative"),
        CheckConstraint("sold >= 0", name="sold_is_not_negative"),
        CheckConstraint("price > 0", name="price_is_positive"),
    )

    sku: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    initial: Mapped[int]
    restocked: Mapped[int] = mapped_column(default=0)
    available: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)


class ReservationRow(Base):
    """A reservation. `paid_at` and `refunded_at` record the first charge and refund; `status` is what follows from them."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status_is_known"),
        Index(None, "status", "expires_at"),
        Index(None, "owner", "created_at"),
        Index(None, "sku", "status"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("products.sku"))
    quantity: Mapped[int]
    owner: Mapped[str] = mapped_column(String(255))
    status: Mapped[Status] = mapped_column(String(16))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    payment_id: Mapped[str | None] = mapped_column(String(64))
    payment_failed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]

    product: Mapped[ProductRow] = relationship(lazy="joined", innerjoin=True)


class PaymentEventRow(Base):
    """A line of the ledger: one per event id, whatever the event was worth.

    `reservation_id` is no foreign key: money that names no reservation of ours is kept on record too.
    """

    __tablename__ = "payment_events"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    type: Mapped[PaymentEventType] = mapped_column(String(32))
    reservation_id: Mapped[str] = mapped_column(String(64), index=True)
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    outcome: Mapped[Outcome] = mapped_column(String(32))
    received_at: Mapped[datetime]
    payload: Mapped[str] = mapped_column(Text)


class CallKeyRow(Base):
    """The answer that a call key got: a reservation, or the refusal that only so many units were available."""

    __tablename__ = "call_keys"
    __table_args__ = (
        UniqueConstraint("principal", "key"),
        CheckConstraint("(reservation_id IS NULL) <> (refused_available IS NULL)", name="answer_is_one_of_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    principal: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    reservation_id: Mapped[str | None] = mapped_column(ForeignKey("reservations.id"))
    refused_available: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """A name of something that a committed transaction has changed, until that is published: see `services/outbox.py`."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    tag: Mapped[str] = mapped_column(String(256))
