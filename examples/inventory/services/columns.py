"""Column types that keep exact what a database would blur."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

CENT_DIGITS = 2


class Money(TypeDecorator[Decimal]):
    """An amount of money, stored as whole cents: a decimal column of SQLite is a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - part of the interface
        if value is None:
            return None
        cents = value.scaleb(CENT_DIGITS)
        if cents != cents.to_integral_value():
            raise ValueError(f"{value} has fractions of a cent")
        return int(cents)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - part of the interface
        return None if value is None else Decimal(int(value)).scaleb(-CENT_DIGITS)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant to the microsecond, aware in Python, UTC in the table.

    SQLite would drop the zone and keep the hour, and PostgreSQL gives it back in the zone of the session.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - part of the interface
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - part of the interface
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
