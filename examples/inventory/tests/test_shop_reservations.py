"""Reserve, show, cancel, expire."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal

import pytest
from shop_world import OWNER, PLENTY, SCARCE, SettableClock, check_books, payment_event

from services.errors import OutOfStock, ReservationClosed, UnknownReservation, UnknownSku
from services.models import Discrepancy
from services.reservations import SWEEP_BATCH
from services.shop import Shop
from twofold.errors import ValidationFailed

FIFTEEN_MINUTES = 15 * 60


async def test_a_reservation_sets_units_aside(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 2, OWNER)

    assert (held.status, held.quantity, held.amount, held.currency) == ("held", 2, Decimal("698.00"), "EUR")
    assert held.created_at == clock.now
    assert (held.expires_at - held.created_at).total_seconds() == FIFTEEN_MINUTES
    assert re.fullmatch("r_[a-z2-7]{16}", held.id)
    product = await shop.catalog.get_product(SCARCE)
    assert (product.available, product.held, product.sold) == (1, 2, 0)


async def test_a_refusal_says_how_many_are_left(shop: Shop) -> None:
    with pytest.raises(OutOfStock) as refused:
        await shop.reservations.reserve(SCARCE, 4, OWNER)
    assert (refused.value.data, refused.value.message) == ({"available": 3}, "Only 3 left")

    await shop.reservations.reserve(SCARCE, 3, OWNER)
    with pytest.raises(OutOfStock) as refused:
        await shop.reservations.reserve(SCARCE, 1, OWNER)
    assert (refused.value.data, refused.value.message) == ({"available": 0}, "Sold out")


async def test_an_unknown_product_is_not_found(shop: Shop) -> None:
    with pytest.raises(UnknownSku):
        await shop.reservations.reserve("Z-9", 1, OWNER)
    with pytest.raises(UnknownSku):
        await shop.catalog.get_product("Z-9")


@pytest.mark.parametrize("quantity", [0, -1, 101, 2**70])
async def test_a_quantity_out_of_range_is_a_field_error(shop: Shop, quantity: int) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await shop.reservations.reserve(PLENTY, quantity, OWNER)
    assert refused.value.fields == {"quantity": ["Must be between 1 and 100"]}


async def test_a_hold_never_ends_early_and_ends_at_once_for_every_reader(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 3, OWNER)

    clock.advance(seconds=FIFTEEN_MINUTES, microseconds=-1)
    assert await shop.reservations.expire_due() == []
    assert await shop.reservations.get(held.id, OWNER) == held
    assert (await shop.catalog.get_product(SCARCE)).available == 0

    clock.advance(microseconds=1)
    assert (await shop.reservations.get(held.id, OWNER)).status == "expired"
    assert [each.status for each in await shop.reservations.list_for(OWNER)] == ["expired"]
    product = await shop.catalog.get_product(SCARCE)
    assert (product.available, product.held) == (3, 0)
    assert [product] == [each for each in await shop.catalog.list_products() if each.sku == SCARCE]


async def test_a_buyer_gets_the_units_of_a_hold_that_ran_out_before_any_sweep(shop: Shop, clock: SettableClock) -> None:
    await shop.reservations.reserve(SCARCE, 3, OWNER)
    clock.advance(seconds=FIFTEEN_MINUTES)

    with pytest.raises(OutOfStock) as refused:
        await shop.reservations.reserve(SCARCE, 4, "session:bob")
    assert refused.value.data == {"available": 3}
    assert (await shop.reservations.reserve(SCARCE, 3, "session:bob")).status == "held"
    await check_books(shop)


async def test_the_sweeper_gives_back_what_ran_out_and_nothing_twice(shop: Shop, second_shop: Shop, clock: SettableClock) -> None:
    await shop.stock.restock(PLENTY, 100)
    early = {(await shop.reservations.reserve(PLENTY, 1, OWNER)).id for _ in range(SWEEP_BATCH + 20)}
    clock.advance(seconds=60)
    late = await shop.reservations.reserve(PLENTY, 1, OWNER)
    clock.advance(seconds=FIFTEEN_MINUTES - 60)

    sweeps = await asyncio.gather(shop.reservations.expire_due(), second_shop.reservations.expire_due())

    swept = [each.id for sweep in sweeps for each in sweep]
    assert sorted(swept) == sorted(early)
    assert (await shop.reservations.get(late.id, OWNER)).status == "held"
    assert (await shop.catalog.get_product(PLENTY)).held == 1
    await check_books(shop)


async def test_a_paid_hold_never_expires(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)
    await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))
    clock.advance(seconds=10 * FIFTEEN_MINUTES)

    assert await shop.reservations.expire_due() == []
    assert (await shop.reservations.get(held.id, OWNER)).status == "paid"
    assert (await shop.catalog.get_product(SCARCE)).sold == 1


async def test_a_cancelled_hold_gives_its_units_back_once(shop: Shop) -> None:
    held = await shop.reservations.reserve(SCARCE, 2, OWNER)

    assert (await shop.reservations.cancel(held.id, OWNER)).status == "cancelled"
    assert (await shop.reservations.cancel(held.id, OWNER)).status == "cancelled"
    assert (await shop.catalog.get_product(SCARCE)).available == 3
    await check_books(shop)


async def test_what_is_no_longer_held_cannot_be_cancelled(shop: Shop, clock: SettableClock) -> None:
    paid = await shop.reservations.reserve(SCARCE, 1, OWNER)
    await shop.payments.process(payment_event("payment.succeeded", paid, "evt_1"))
    ended = await shop.reservations.reserve(SCARCE, 1, OWNER)
    clock.advance(seconds=FIFTEEN_MINUTES)

    for reservation, state in ((paid, "paid"), (ended, "expired")):
        with pytest.raises(ReservationClosed) as refused:
            await shop.reservations.cancel(reservation.id, OWNER)
        assert refused.value.data == {"state": state}


async def test_a_reservation_of_someone_else_is_like_none(shop: Shop) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)

    for attempt in (shop.reservations.get, shop.reservations.cancel, shop.payments.start_payment):
        for reservation_id, owner in ((held.id, "session:eve"), ("r_none", OWNER)):
            with pytest.raises(UnknownReservation):
                await attempt(reservation_id, owner)
    assert await shop.reservations.list_for("session:eve") == []
    assert await shop.reservations.get(held.id, OWNER) == held


async def test_the_newest_reservation_is_listed_first(shop: Shop, clock: SettableClock) -> None:
    first = await shop.reservations.reserve(PLENTY, 1, OWNER)
    clock.advance(seconds=1)
    second = await shop.reservations.reserve(PLENTY, 2, OWNER)

    assert await shop.reservations.list_for(OWNER) == [second, first]


async def test_restocked_units_are_available(shop: Shop) -> None:
    await shop.reservations.reserve(SCARCE, 3, OWNER)

    product = await shop.stock.restock(SCARCE, 5)

    assert (product.initial, product.restocked, product.available, product.held) == (3, 5, 5, 3)
    with pytest.raises(UnknownSku):
        await shop.stock.restock("Z-9", 1)
    with pytest.raises(ValidationFailed):
        await shop.stock.restock(SCARCE, 0)


@pytest.mark.parametrize(("figure", "expected"), [("held", (1, 0, 0, 0)), ("sold", (0, 0, 1, 0))])
async def test_the_audit_finds_figures_that_the_reservations_do_not_explain(
    shop: Shop, figure: str, expected: tuple[int, int, int, int]
) -> None:
    async with shop.db.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(f"UPDATE products SET available = available - 1, {figure} = 1 WHERE sku = '{SCARCE}'")

    assert await shop.stock.discrepancies() == [Discrepancy(SCARCE, *expected)]
