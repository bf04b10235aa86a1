"""A crowd wants the last units: there are exactly as many winners as units."""

from __future__ import annotations

import asyncio

import pytest
from shop_world import OWNER, PLENTY, SCARCE, check_books, go, next_line, start

from services.errors import OutOfStock
from services.shop import Shop

LAST_UNITS = 3


async def test_two_hundred_buyers_in_two_processes_share_the_last_units(shop_url: str, shop: Shop) -> None:
    crowds = [start("buyers", shop_url, SCARCE, crowd, "100") for crowd in ("left", "right")]
    for crowd in crowds:
        assert next_line(crowd) == "ready\n"
    for crowd in crowds:
        go(crowd)
    answers = [answer for crowd in crowds for answer in crowd.communicate(timeout=50)[0].split()]

    assert len(answers) == 300
    winners = {answer for answer in answers if answer.startswith("r_")}
    assert len(winners) == LAST_UNITS
    assert all(answer in winners or int(answer) < LAST_UNITS for answer in answers)
    product = await shop.catalog.get_product(SCARCE)
    assert (product.available, product.held) == (0, LAST_UNITS)
    await check_books(shop)


async def test_cancelling_and_buying_at_once_never_oversells(shop: Shop, second_shop: Shop) -> None:
    async def hesitate(buyer: Shop, number: int) -> None:
        try:
            held = await buyer.reservations.reserve(SCARCE, 1 + number % 3, f"session:{number}")
        except OutOfStock:
            return
        await buyer.reservations.cancel(held.id, f"session:{number}")

    async def watch() -> None:
        for _ in range(50):
            await check_books(shop)

    await asyncio.gather(watch(), *(hesitate((shop, second_shop)[number % 2], number) for number in range(100)))
    assert (await shop.catalog.get_product(SCARCE)).available == LAST_UNITS


@pytest.mark.parametrize("insistence", [1, 2])
async def test_a_call_that_is_cancelled_at_any_point_does_all_or_nothing(shop: Shop, insistence: int) -> None:
    for turns in range(0, 400, 4):
        key = f"click-{turns}"
        call = asyncio.ensure_future(shop.reservations.answer(PLENTY, 1, OWNER, key))
        for _ in range(turns):
            await asyncio.sleep(0)
        for _ in range(insistence):
            call.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([call])
        held = (await shop.reservations.answer(PLENTY, 1, OWNER, key)).unwrap()
        await shop.reservations.cancel(held.id, OWNER)
        assert (await shop.catalog.get_product(PLENTY)).held == 0
    await check_books(shop)
