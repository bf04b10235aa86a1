"""The decision about a payment event."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.models import Outcome, PaymentData, PaymentEvent, PaymentEventType
from services.settlement import Facts, decide

AMOUNT = Decimal("37.00")


def facts(*, charged: bool = False, refunded: bool = False) -> Facts:
    return Facts(AMOUNT, "EUR", is_charged=charged, is_refunded=refunded)


@pytest.mark.parametrize(
    ("kind", "amount", "currency", "known", "expected"),
    [
        ("payment.succeeded", "37.00", "EUR", None, "unknown_reservation"),
        ("payment.failed", "37.00", "EUR", None, "unknown_reservation"),
        ("payment.failed", "37.00", "EUR", facts(), "payment_failed"),
        ("payment.failed", "1.00", "USD", facts(charged=True), "payment_failed"),
        ("payment.succeeded", "36.99", "EUR", facts(), "amount_mismatch"),
        ("payment.succeeded", "37.01", "EUR", facts(charged=True), "amount_mismatch"),
        ("payment.succeeded", "37.00", "USD", facts(), "amount_mismatch"),
        ("payment.refunded", "1.00", "EUR", facts(charged=True), "amount_mismatch"),
        ("payment.succeeded", "37.00", "EUR", facts(), "charged"),
        ("payment.succeeded", "37", "EUR", facts(), "charged"),
        ("payment.succeeded", "37.00", "EUR", facts(charged=True), "charged_again"),
        ("payment.succeeded", "37.00", "EUR", facts(refunded=True), "charged"),
        ("payment.refunded", "37.00", "EUR", facts(), "refunded"),
        ("payment.refunded", "37.00", "EUR", facts(charged=True), "refunded"),
        ("payment.refunded", "37.00", "EUR", facts(charged=True, refunded=True), "refunded_again"),
    ],
)
def test_an_event_means_one_thing(
    kind: PaymentEventType, amount: str, currency: str, known: Facts | None, expected: Outcome
) -> None:
    event = PaymentEvent("evt_1", kind, datetime(2026, 1, 5, tzinfo=UTC), PaymentData("r_1", Decimal(amount), currency))
    assert decide(event, known) == expected
