"""Money, counts and moments, as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import htpy as h

TIMES = "\N{MULTIPLICATION SIGN}"

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}


def money(amount: Decimal, currency: str) -> str:
    """Write an amount: `€1,249.00`."""
    sign = SIGNS.get(currency)
    return f"{sign}{amount:,.2f}" if sign else f"{amount:,.2f} {currency}"


def count(number: int, one: str, many: str) -> str:
    """Write a number with its noun: `1 unit`, `3 units`."""
    return f"{number:,} {one if number == 1 else many}"


def moment(instant: datetime, now: datetime) -> h.Element:
    """Write an instant, with its day where that is not today. Times are UTC: without a script nobody knows the visitor's zone."""
    shape = "%H:%M UTC" if instant.date() == now.date() else "%d %b %Y, %H:%M UTC"
    return h.time(datetime=instant.isoformat(timespec="seconds"))[instant.strftime(shape)]


def time_left(until: datetime, now: datetime) -> h.Element:
    """Write how long it is until an instant: `12 minutes`, `less than a minute`. A script counts down where one may run.

    It is told seconds and not the instant, because the visitor's clock may be wrong.
    """
    minutes = (until - now) // timedelta(minutes=1)
    text = count(minutes, "minute", "minutes") if minutes >= 1 else "less than a minute"
    return h.span(".countdown", data_seconds_left=f"{(until - now).total_seconds():.0f}")[text]
