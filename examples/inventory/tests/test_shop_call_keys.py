"""A call key makes a reservation happen once: retry, double, other payload, crash."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from shop_databases import Shops
from shop_world import OWNER, PLENTY, SCARCE, SettableClock, check_books, open_shop, payment_event

from services.clock import told_by
from services.errors import KeyReused, OutOfStock
from services.models import Reservation
from services.reservations import Answer, Reservations
from services.shop import Shop

DAY = 24 * 60 * 60


async def test_a_key_gets_the_same_answer_and_no_second_hold(shop: Shop) -> None:
    first = await shop.reservations.answer(SCARCE, 2, OWNER, "key-1")
    again = await shop.reservations.answer(SCARCE, 2, OWNER, "key-1")

    assert again == (first.result, True)
    assert not first.is_replay
    assert (await shop.catalog.get_product(SCARCE)).held == 2


async def test_a_key_gets_its_first_answer_whatever_became_of_the_reservation(shop: Shop, clock: SettableClock) -> None:
    first = await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1")
    await shop.payments.start_payment(first.id, OWNER)
    await shop.payments.process(payment_event("payment.succeeded", first, "evt_1"))
    clock.advance(seconds=60 * 60)

    assert await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1") == first
    assert (await shop.reservations.get(first.id, OWNER)).status == "paid"


async def test_a_refusal_is_remembered_too(shop: Shop) -> None:
    with pytest.raises(OutOfStock):
        await shop.reservations.reserve(SCARCE, 4, OWNER, "key-1")
    await shop.stock.restock(SCARCE, 10)

    with pytest.raises(OutOfStock) as again:
        await shop.reservations.reserve(SCARCE, 4, OWNER, "key-1")
    assert again.value.data == {"available": 3}
    assert (await shop.reservations.reserve(SCARCE, 4, OWNER, "key-2")).status == "held"


@pytest.mark.parametrize(("sku", "quantity"), [(SCARCE, 2), (PLENTY, 1), ("Z-9", 1)])
async def test_a_key_with_other_arguments_is_refused(shop: Shop, sku: str, quantity: int) -> None:
    await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1")
    with pytest.raises(KeyReused):
        await shop.reservations.reserve(sku, quantity, OWNER, "key-1")
    await check_books(shop)


async def test_a_key_belongs_to_its_owner(shop: Shop) -> None:
    first = await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1")
    other = await shop.reservations.reserve(PLENTY, 5, "key:mobile-app", "key-1")
    assert first.id != other.id


async def test_calls_at_once_with_one_key_make_one_hold(shop: Shop, second_shop: Shop) -> None:
    calls = [(shop, second_shop)[number % 2].reservations.answer(SCARCE, 1, OWNER, "key-1") for number in range(20)]
    answers = await asyncio.gather(*calls)

    assert len({answer.unwrap().id for answer in answers}) == 1
    assert sum(not answer.is_replay for answer in answers) == 1
    assert (await shop.catalog.get_product(SCARCE)).held == 1


async def test_a_key_is_forgotten_after_a_day(shop: Shop, clock: SettableClock) -> None:
    first = await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1")
    clock.advance(seconds=DAY, microseconds=-1)
    await shop.reservations.expire_due()
    assert await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1") == first
    clock.advance(microseconds=1)
    await shop.reservations.expire_due()
    assert (await shop.reservations.reserve(SCARCE, 1, OWNER, "key-1")).id != first.id


class Crash(BaseException):
    """The end of a process, as a transaction sees it."""


def crash() -> str:
    raise Crash


class CallsHappenOnce(RuleBasedStateMachine):
    """Any mix of first calls, retries, other payloads and crashes against a dictionary of answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = SettableClock()
        self.opening = open_shop(url, self.clock)
        self.shop = self.runner.run(self.opening.__aenter__())
        self.answers: dict[str, tuple[tuple[str, int], Reservation | int]] = {}

    @rule(key=st.sampled_from("abc"), sku=st.sampled_from([PLENTY, SCARCE]), quantity=st.sampled_from([1, 2]), dies=st.booleans())
    def call(self, key: str, sku: str, quantity: int, dies: bool) -> None:
        known, _ = self.answers.get(key, (None, None))
        answer = self.runner.run(self.reserve(sku, quantity, key, dies))
        if isinstance(answer, KeyReused):
            assert known not in (None, (sku, quantity))
        elif isinstance(answer, Crash):
            assert (known, dies) == (None, True)
        else:
            result = answer.result.available if isinstance(answer.result, OutOfStock) else answer.result
            assert answer.is_replay == (known is not None)
            assert self.answers.setdefault(key, ((sku, quantity), result)) == ((sku, quantity), result)

    async def reserve(self, sku: str, quantity: int, key: str, dies: bool) -> Answer | KeyReused | Crash:
        service = self.shop.reservations
        if dies:  # in the middle: the units have moved and nothing is committed
            service = Reservations(self.shop.db, told_by(self.clock), new_id=crash)
        try:
            return await service.answer(sku, quantity, OWNER, key)
        except (KeyReused, Crash) as end:
            return end

    @invariant()
    def one_hold_per_answer(self) -> None:
        expected = {result.id for _, result in self.answers.values() if isinstance(result, Reservation)}
        assert {each.id for each in self.runner.run(self.shop.reservations.list_for(OWNER))} == expected
        self.runner.run(check_books(self.shop))

    def teardown(self) -> None:
        self.runner.run(self.opening.__aexit__(None, None, None))
        self.runner.close()


def test_no_mix_of_retries_and_crashes_makes_a_second_effect(shops: Shops) -> None:
    few = settings(max_examples=20, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(lambda: CallsHappenOnce(shops.seeded()), settings=few)
