"""Random sequences of everything that can happen, against a model that does the sums by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from shop_databases import Shops
from shop_world import PLENTY, SCARCE, SettableClock, check_books, open_shop, payment_event

from services.errors import OutOfStock, ReservationClosed
from services.models import PaymentEvent, PaymentEventType, Reservation
from services.seed import SEEDS

T = TypeVar("T")
OWNERS = ("session:ada", "key:bob")
EVENTS: tuple[PaymentEventType, ...] = ("payment.succeeded", "payment.failed", "payment.refunded")
UNITS = {new.sku: new.units for new in SEEDS}
WRONG = "1.00"


@dataclass
class Expected:
    """A reservation, as the model remembers it."""

    shown: Reservation
    owner: str
    status: str = "held"
    is_charged: bool = False
    is_refunded: bool = False
    balance: Decimal = Decimal(0)


@dataclass
class Model:
    """The shop without a database: the reservations, and sums over them."""

    restocked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNITS, 0))
    reservations: dict[str, Expected] = field(default_factory=dict)

    def units(self, sku: str, status: str) -> int:
        return sum(each.shown.quantity for each in self.reservations.values() if (each.shown.sku, each.status) == (sku, status))

    def available(self, sku: str) -> int:
        return UNITS[sku] + self.restocked[sku] - self.units(sku, "held") - self.units(sku, "paid")

    def pass_time(self, clock: SettableClock) -> None:
        for each in self.reservations.values():
            if each.status == "held" and clock.now >= each.shown.expires_at:
                each.status = "expired"

    def settle(self, event: PaymentEvent) -> None:
        each = self.reservations[event.data.reservation_id]
        if event.type == "payment.failed":
            return
        each.balance += event.data.amount if event.type == "payment.succeeded" else -event.data.amount
        if event.data.amount != each.shown.amount:
            return
        if event.type == "payment.refunded":
            each.status, each.is_refunded = "refunded", True
        elif not each.is_charged:
            each.is_charged = True
            if not each.is_refunded:
                each.status = "paid" if each.status == "held" else "refund_due"

    def due(self) -> dict[str, Decimal]:
        kept = {key: each.shown.amount if each.status == "paid" else 0 for key, each in self.reservations.items()}
        return {key: each.balance - kept[key] for key, each in self.reservations.items() if each.balance > kept[key]}


class ShopMachine(RuleBasedStateMachine):
    """Two processes' worth of connections, one model."""

    reservations: Bundle[Reservation] = Bundle("reservations")
    sent: Bundle[PaymentEvent] = Bundle("sent")

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = SettableClock()
        self.openings = [open_shop(url, self.clock) for _ in range(2)]
        self.shop, self.second_shop = (self.run(opening.__aenter__()) for opening in self.openings)
        self.model = Model()
        self.delivered: set[str] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def attempt(self, work: Coroutine[Any, Any, T]) -> T | ReservationClosed:
        try:
            return self.run(work)
        except ReservationClosed as refusal:
            return refusal

    @rule(target=reservations, sku=st.sampled_from([PLENTY, SCARCE]), quantity=st.integers(1, 4), owner=st.sampled_from(OWNERS))
    def reserve(self, sku: str, quantity: int, owner: str) -> Any:
        answer = self.run(self.shop.reservations.answer(sku, quantity, owner, call_key=None))
        if isinstance(answer.result, OutOfStock):
            assert answer.result.available == self.model.available(sku) < quantity
            return multiple()
        assert quantity <= self.model.available(sku)
        self.model.reservations[answer.result.id] = Expected(answer.result, owner)
        return answer.result

    @rule(held=reservations)
    def cancel(self, held: Reservation) -> None:
        each = self.model.reservations[held.id]
        answer = self.attempt(self.second_shop.reservations.cancel(held.id, each.owner))
        if isinstance(answer, ReservationClosed):
            assert answer.state == each.status not in ("held", "cancelled")
        else:
            assert each.status in ("held", "cancelled")
            each.status = "cancelled"

    @rule(held=reservations)
    def start_payment(self, held: Reservation) -> None:
        each = self.model.reservations[held.id]
        answer = self.attempt(self.shop.payments.start_payment(held.id, each.owner))
        if isinstance(answer, ReservationClosed):
            assert answer.state == each.status != "held"
        else:
            assert each.status == "held"

    @rule(target=sent, held=reservations, kind=st.sampled_from(EVENTS), is_wrong=st.integers(0, 4).map(lambda n: n == 0))
    def report(self, held: Reservation, kind: PaymentEventType, is_wrong: bool) -> PaymentEvent:
        event = payment_event(kind, held, f"evt_{len(self.delivered)}", amount=WRONG if is_wrong else None)
        self.deliver(event)
        return event

    @rule(event=sent)
    def report_again(self, event: PaymentEvent) -> None:
        self.deliver(event)

    def deliver(self, event: PaymentEvent) -> None:
        processed = self.run(self.second_shop.payments.process(event))
        assert processed.is_duplicate == (event.id in self.delivered)
        if not processed.is_duplicate:
            self.delivered.add(event.id)
            self.model.settle(event)
        assert processed.status == self.model.reservations[event.data.reservation_id].status

    @rule(seconds=st.sampled_from([1, 300, 899, 900]))
    def pass_time(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.model.pass_time(self.clock)

    @rule()
    def sweep(self) -> None:
        self.run(self.second_shop.reservations.expire_due())

    @rule(sku=st.sampled_from([PLENTY, SCARCE]), quantity=st.integers(1, 3))
    def restock(self, sku: str, quantity: int) -> None:
        self.run(self.shop.stock.restock(sku, quantity))
        self.model.restocked[sku] += quantity

    @invariant()
    def nothing_is_oversold_and_every_unit_is_somewhere(self) -> None:
        self.run(check_books(self.shop))
        for product in self.run(self.shop.catalog.list_products()):
            figures = (product.available, product.held, product.sold)
            sku = product.sku
            assert figures == (self.model.available(sku), self.model.units(sku, "held"), self.model.units(sku, "paid"))

    @invariant()
    def every_reservation_is_where_the_model_has_it(self) -> None:
        shown = [each for owner in OWNERS for each in self.run(self.shop.reservations.list_for(owner))]
        assert {each.id: each.status for each in shown} == {key: each.status for key, each in self.model.reservations.items()}

    @invariant()
    def money_that_may_not_be_kept_is_due_back(self) -> None:
        assert {due.reservation_id: due.amount for due in self.run(self.shop.payments.refunds_due())} == self.model.due()

    def teardown(self) -> None:
        for opening in self.openings:
            self.run(opening.__aexit__(None, None, None))
        self.runner.close()


def test_no_sequence_of_operations_oversells_or_loses_anything(shops: Shops) -> None:
    few = settings(max_examples=20, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(lambda: ShopMachine(shops.seeded()), settings=few)
