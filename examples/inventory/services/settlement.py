"""The decision about a payment event: what it means for the reservation that it names.

Events come late, twice and in any order. The decision looks only at facts that do not depend on their
order, so every permutation of the same events ends in the same state:

| event                       | reservation        | outcome             | effect                                      |
|-----------------------------|--------------------|---------------------|---------------------------------------------|
| any                         | unknown            | unknown_reservation | none; the money is due back                 |
| failed                      | any                | payment_failed      | none: the hold stands until its time is up  |
| other amount or currency    | any                | amount_mismatch     | none; the money is due back                 |
| succeeded                   | not charged before | charged             | `states.STEPS[status, "charge"]`            |
| succeeded                   | charged before     | charged_again       | none; the money is due back                 |
| refunded                    | not refunded yet   | refunded            | `states.STEPS[status, "refund"]`            |
| refunded                    | refunded before    | refunded_again      | none                                        |

"None" is not "lost": the ledger keeps every event, and what is due back follows from the ledger alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from services.models import Outcome, PaymentEvent
from services.states import Change

CHANGES: Mapping[Outcome, Change] = {"charged": "charge", "refunded": "refund"}
"""The outcomes that change a reservation."""


class Facts(NamedTuple):
    """What the decision needs to know of a reservation."""

    amount: Decimal
    currency: str
    is_charged: bool
    is_refunded: bool


def decide(event: PaymentEvent, facts: Facts | None) -> Outcome:
    """Name what the event means.

    Args:
        facts: of the reservation that the event names; None when there is no such reservation.
    """
    if facts is None:
        return "unknown_reservation"
    if event.type == "payment.failed":
        return "payment_failed"
    if (event.data.amount, event.data.currency) != (facts.amount, facts.currency):
        return "amount_mismatch"
    if event.type == "payment.succeeded":
        return "charged_again" if facts.is_charged else "charged"
    return "refunded_again" if facts.is_refunded else "refunded"
