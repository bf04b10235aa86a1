"""The life of a reservation, as far as it is a pure decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from services.states import STEPS, Change, Status, is_due, status_at

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOON - timedelta(minutes=15), "held"), (NOON - INSTANT, "held"), (NOON, "expired"), (NOON + INSTANT, "expired")],
)
def test_a_hold_lasts_up_to_its_end_and_no_longer(now: datetime, expected: Status) -> None:
    assert status_at("held", NOON, now) == expected
    assert is_due("held", NOON, now) == (expected == "expired")


@pytest.mark.parametrize("status", [status for status in get_args(Status) if status != "held"])
def test_only_a_hold_expires(status: Status) -> None:
    assert (status, "expire") not in STEPS
    assert status_at(status, NOON, NOON + timedelta(days=1)) == status


@pytest.mark.parametrize("status", get_args(Status))
def test_units_leave_the_shelf_of_a_status_exactly_when_the_status_leaves_it(status: Status) -> None:
    shelf = {"held": "held", "paid": "sold"}
    moves = {("held", "available"): "release", ("held", "sold"): "sell", ("sold", "available"): "take_back"}
    for (before, _), step in STEPS.items():
        source, target = shelf.get(before, "available"), shelf.get(step.status, "available")
        assert step.stock == (None if source == target else moves[source, target])


@pytest.mark.parametrize("status", [status for status in get_args(Status) if status != "paid"])
def test_a_charge_is_possible_unless_it_happened(status: Status) -> None:
    assert ((status, "charge") in STEPS) == (status != "refund_due")


def test_a_refund_ends_every_life() -> None:
    reached = {STEPS[status, "refund"].status for status in get_args(Status) if status != "refunded"}
    assert reached == {"refunded"}


def test_every_change_is_used() -> None:
    assert {change for _, change in STEPS} == set(get_args(Change))
