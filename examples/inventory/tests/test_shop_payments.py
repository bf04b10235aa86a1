"""Payments: asked for, reported in any order, late, twice, wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from typing import Literal

import pytest
from pydantic import TypeAdapter
from shop_world import OWNER, PLENTY, SCARCE, SECRET, SettableClock, check_books, open_shop, payment_event

from services.errors import ReservationClosed
from services.models import PaymentEvent, Processed, RefundDue, Reservation
from services.shop import Shop
from services.states import Status

FIFTEEN_MINUTES = 15 * 60
End = Literal["held", "cancelled", "expired"]


async def held_then(shop: Shop, clock: SettableClock, end: End) -> Reservation:
    """Make a reservation and let its hold come to an end, or not."""
    held = await shop.reservations.reserve(PLENTY, 2, OWNER)
    if end == "cancelled":
        await shop.reservations.cancel(held.id, OWNER)
    elif end == "expired":
        clock.advance(seconds=FIFTEEN_MINUTES)
    return held


async def test_a_payment_turns_a_hold_into_a_sale(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 2, OWNER)
    clock.advance(seconds=60)

    processed = await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))

    assert processed == Processed("evt_1", "charged", False, "paid", SCARCE)
    paid = await shop.reservations.get(held.id, OWNER)
    assert (paid.status, paid.paid_at) == ("paid", clock.now)
    product = await shop.catalog.get_product(SCARCE)
    assert (product.available, product.held, product.sold) == (1, 0, 2)
    assert await shop.payments.refunds_due() == []
    await check_books(shop)


async def test_a_payment_is_the_same_however_often_it_is_asked_for(shop: Shop) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)

    payment = await shop.payments.start_payment(held.id, OWNER)

    assert payment == await shop.payments.start_payment(held.id, OWNER)
    assert payment == await shop.payments.payment_for(held.id)
    assert (payment.reservation_id, payment.amount, payment.currency) == (held.id, Decimal("349.00"), "EUR")
    assert (await shop.reservations.get(held.id, OWNER)).payment_id == payment.id


@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_no_payment_starts_for_a_hold_that_has_ended(shop: Shop, clock: SettableClock, end: End) -> None:
    held = await held_then(shop, clock, end)
    with pytest.raises(ReservationClosed) as refused:
        await shop.payments.start_payment(held.id, OWNER)
    assert refused.value.data == {"state": end}


async def test_the_provider_signs_the_bytes_that_it_sends(shop: Shop) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)
    payment = await shop.payments.start_payment(held.id, OWNER)

    body, signature = shop.provider.signed_event("payment.succeeded", payment)

    assert signature == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    event = TypeAdapter(PaymentEvent).validate_json(body, strict=True)
    assert (event.type, event.data.amount) == ("payment.succeeded", Decimal("349.00"))
    assert (await shop.payments.process(event)).status == "paid"


async def test_a_failed_payment_leaves_the_hold_for_another_try(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)
    await shop.payments.start_payment(held.id, OWNER)
    processed = await shop.payments.process(payment_event("payment.failed", held, "evt_1"))

    assert (processed.outcome, processed.status) == ("payment_failed", "held")
    assert (await shop.reservations.get(held.id, OWNER)).payment_failed_at == clock.now
    await shop.payments.start_payment(held.id, OWNER)
    assert (await shop.reservations.get(held.id, OWNER)).payment_failed_at is None
    assert (await shop.payments.process(payment_event("payment.succeeded", held, "evt_2"))).status == "paid"


@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_money_for_a_hold_that_has_ended_is_due_back(shop: Shop, clock: SettableClock, end: End) -> None:
    held = await held_then(shop, clock, end)

    processed = await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))

    assert (processed.outcome, processed.status) == ("charged", "refund_due")
    assert await shop.payments.refunds_due() == [RefundDue(held.id, held.amount, "EUR")]
    assert (await shop.catalog.get_product(PLENTY)).available == 75
    assert (await shop.payments.process(payment_event("payment.refunded", held, "evt_2"))).status == "refunded"
    assert await shop.payments.refunds_due() == []
    await check_books(shop)


@pytest.mark.parametrize(("amount", "currency"), [("0.01", "EUR"), ("36.99", "EUR"), ("37.01", "EUR"), ("37.00", "USD")])
async def test_a_wrong_amount_buys_nothing_and_is_due_back(shop: Shop, amount: str, currency: str) -> None:
    held = await shop.reservations.reserve(PLENTY, 2, OWNER)
    wrong = payment_event("payment.succeeded", held, "evt_1", amount=amount, currency=currency)

    processed = await shop.payments.process(wrong)

    assert (processed.outcome, processed.status) == ("amount_mismatch", "held")
    due = [RefundDue(held.id, Decimal(amount), currency)]
    assert await shop.payments.refunds_due() == due
    await shop.payments.process(payment_event("payment.succeeded", held, "evt_2"))
    assert await shop.payments.refunds_due() == due
    await shop.payments.process(payment_event("payment.refunded", held, "evt_3", amount=amount, currency=currency))
    assert await shop.payments.refunds_due() == []
    assert (await shop.reservations.get(held.id, OWNER)).status == "paid"


@pytest.mark.parametrize(
    ("end", "status", "due"),
    [("held", "paid", "37.00"), ("cancelled", "refund_due", "74.00"), ("expired", "refund_due", "74.00")],
)
async def test_a_second_charge_is_due_back(shop: Shop, clock: SettableClock, end: End, status: Status, due: str) -> None:
    held = await held_then(shop, clock, end)
    await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))

    processed = await shop.payments.process(payment_event("payment.succeeded", held, "evt_2"))

    assert (processed.outcome, processed.status) == ("charged_again", status)
    assert await shop.payments.refunds_due() == [RefundDue(held.id, Decimal(due), "EUR")]


async def test_a_second_refund_changes_nothing(shop: Shop) -> None:
    held = await shop.reservations.reserve(PLENTY, 2, OWNER)
    await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))
    await shop.payments.process(payment_event("payment.refunded", held, "evt_2"))
    refunded = await shop.reservations.get(held.id, OWNER)

    processed = await shop.payments.process(payment_event("payment.refunded", held, "evt_3"))

    assert (processed.outcome, processed.status) == ("refunded_again", "refunded")
    assert await shop.reservations.get(held.id, OWNER) == refunded
    await check_books(shop)


async def test_the_refund_that_waits_longest_is_listed_first(shop: Shop, clock: SettableClock) -> None:
    early, late = [await held_then(shop, clock, "expired") for _ in range(2)]
    for waiting in (late, early):
        await shop.payments.process(payment_event("payment.succeeded", waiting, f"evt_{waiting.id}"))
        clock.advance(seconds=1)

    assert [due.reservation_id for due in await shop.payments.refunds_due()] == [late.id, early.id]


async def test_money_that_names_no_reservation_is_due_back(shop: Shop) -> None:
    held = await shop.reservations.reserve(PLENTY, 2, OWNER)
    stray = payment_event("payment.succeeded", held, "evt_1")
    stray = PaymentEvent(stray.id, stray.type, stray.created, type(stray.data)("r_stranger", held.amount, "EUR"))

    assert await shop.payments.process(stray) == Processed("evt_1", "unknown_reservation", False, None, None)
    assert await shop.payments.process(stray) == Processed("evt_1", "unknown_reservation", True, None, None)
    assert await shop.payments.refunds_due() == [RefundDue("r_stranger", held.amount, "EUR")]


def story(held: Reservation) -> Sequence[PaymentEvent]:
    """Everything that a provider can say of one reservation."""
    return (
        payment_event("payment.failed", held, f"{held.id}-failed"),
        payment_event("payment.succeeded", held, f"{held.id}-paid"),
        payment_event("payment.refunded", held, f"{held.id}-back"),
        payment_event("payment.succeeded", held, f"{held.id}-less", amount="1.00"),
    )


@pytest.mark.parametrize("end", ["held", "cancelled", "expired"])
@pytest.mark.parametrize(("length", "expected"), [(4, {"refunded"}), (2, {"paid", "refund_due"})])
async def test_every_order_of_the_same_events_ends_the_same(
    shop: Shop, clock: SettableClock, end: End, length: int, expected: set[Status]
) -> None:
    finals = set()
    for order in permutations(range(length)):
        held = await held_then(shop, clock, end)
        events = story(held)
        for number in order:
            await shop.payments.process(events[number])
        row = await shop.reservations.get(held.id, OWNER)
        due = [back.amount for back in await shop.payments.refunds_due() if back.reservation_id == held.id]
        finals.add((row.status, *due, row.paid_at == row.refunded_at, row.payment_failed_at == row.paid_at))
    assert len(finals) == 1
    assert finals.pop()[0] in expected
    await check_books(shop)


async def test_ten_copies_of_each_event_at_once_count_once(shop: Shop, second_shop: Shop) -> None:
    shuffle = random.Random(31).shuffle
    finals = set()
    for _ in range(20):
        held = await shop.reservations.reserve(PLENTY, 1, OWNER)
        deliveries = [event for event in story(held) for _ in range(10)]
        shuffle(deliveries)
        answers = await asyncio.gather(
            *((shop, second_shop)[number % 2].payments.process(event) for number, event in enumerate(deliveries))
        )
        assert sum(not answer.is_duplicate for answer in answers) == len(story(held))
        finals.add((await shop.reservations.get(held.id, OWNER)).status)
        due = [back.amount for back in await shop.payments.refunds_due() if back.reservation_id == held.id]
        assert due == [Decimal("1.00")]
    assert finals == {"refunded"}
    await check_books(shop)


async def test_a_payment_that_races_the_end_of_its_hold_ends_in_one_of_two_ways(shop_url: str) -> None:
    """Sweepers and webhook disagree about the time by microseconds, and run at once on connections of their own."""
    clocks = [SettableClock() for _ in range(3)]
    chance = random.Random(15)
    ends: list[Status] = []
    async with (
        open_shop(shop_url, clocks[0]) as webhook,
        open_shop(shop_url, clocks[1]) as sweeper,
        open_shop(shop_url, clocks[2]) as other_sweeper,
    ):
        for trial in range(100):
            held = await webhook.reservations.reserve(SCARCE, 1, OWNER)
            for clock in clocks:
                clock.now = held.expires_at
                clock.advance(microseconds=chance.randint(-1, 1))
            races = [
                webhook.payments.process(payment_event("payment.succeeded", held, f"evt_{trial}")),
                sweeper.reservations.expire_due(),
                other_sweeper.reservations.expire_due(),
            ]
            chance.shuffle(races)
            await asyncio.gather(*races)
            end = (await webhook.reservations.get(held.id, OWNER)).status
            due = [back.reservation_id for back in await webhook.payments.refunds_due()]
            assert (end == "paid" and due == []) or (end == "refund_due" and due == [held.id])
            await check_books(webhook)
            await webhook.payments.process(payment_event("payment.refunded", held, f"back_{trial}"))
            ends.append(end)
    assert {"paid", "refund_due"} == set(ends)
