"""The life of a reservation: which change leads where, and which units move with it.

A hold ends in one of three ways: it is paid, its owner cancels it, or its time runs out.

|            | cancel    | expire  | charge     | refund   |
|------------|-----------|---------|------------|----------|
| held       | cancelled | expired | paid       | refunded |
| paid       |           |         |            | refunded |
| cancelled  |           |         | refund_due | refunded |
| expired    |           |         | refund_due | refunded |
| refund_due |           |         |            | refunded |
| refunded   |           |         | refunded   |          |

Money that arrives for a hold that has ended is never lost and never takes stock: units that went back may be
someone else's by then. It is due back, also when units are left: one rule, no surprise.
A refund ends everything. It may arrive before its own charge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

Status: TypeAlias = Literal["held", "paid", "cancelled", "expired", "refund_due", "refunded"]
Change: TypeAlias = Literal["cancel", "expire", "charge", "refund"]
StockMove: TypeAlias = Literal["hold", "release", "sell", "take_back"]


class Step(NamedTuple):
    """Where a change leads, and the move of stock that belongs to it."""

    status: Status
    stock: StockMove | None


STEPS: Mapping[tuple[Status, Change], Step] = {
    ("held", "cancel"): Step("cancelled", "release"),
    ("held", "expire"): Step("expired", "release"),
    ("held", "charge"): Step("paid", "sell"),
    ("held", "refund"): Step("refunded", "release"),
    ("paid", "refund"): Step("refunded", "take_back"),
    ("cancelled", "charge"): Step("refund_due", None),
    ("cancelled", "refund"): Step("refunded", None),
    ("expired", "charge"): Step("refund_due", None),
    ("expired", "refund"): Step("refunded", None),
    ("refund_due", "refund"): Step("refunded", None),
    ("refunded", "charge"): Step("refunded", None),
}
"""Every change that can happen. What is missing here is refused."""


def is_due(status: Status, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a hold has run out; it lasts up to, and not including, the instant `expires_at`."""
    return status == "held" and now >= expires_at


def status_at(status: Status, expires_at: datetime, now: datetime) -> Status:
    """Give the status that holds at `now`, whether or not the sweeper has come by."""
    return "expired" if is_due(status, expires_at, now) else status
