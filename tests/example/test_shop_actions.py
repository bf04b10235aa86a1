"""Reserving and cancelling through forms, with JavaScript off."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from example.browsing import read
from example.world import PLENTY, SCARCE, SETTINGS, World

PAGE = f"/products/{PLENTY}"


async def test_reserving_holds_the_units_and_says_until_when(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    page = await visitor.submit("Reserve", quantity="2")
    assert page.status == 200
    assert page.notices() == ["2 reserved for you until 09:15 UTC. Pay €37.00 or cancel"]
    assert await world.available(PLENTY) == 73
    card = (await visitor.get("/reservations")).one("li", "reservation")
    assert card.one("h2").text == "2 \N{MULTIPLICATION SIGN} Compass field notebook"
    assert card.one("span", "badge").text == "On hold"


async def test_reload_of_the_page_after_a_reservation_reserves_nothing(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    await visitor.submit("Reserve", quantity="2")
    assert (await visitor.reload()).notices()
    assert len(await world.reservations(visitor)) == 1


async def test_form_sent_twice_reserves_once(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    filled = visitor.fill("Reserve", quantity="2")
    first, second = await visitor.post(filled), await visitor.post(filled)
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await world.reservations(visitor)) == 1


async def test_form_sent_ten_times_at_once_reserves_once(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    filled = visitor.fill("Reserve", quantity="2")
    answers = await asyncio.gather(*(visitor.post(filled) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {303}
    assert await world.available(PLENTY) == 73


async def test_form_sent_again_after_the_server_forgot_everything_reserves_once(world: World) -> None:
    """The call's key is in the transaction of the hold: it outlives the process that answered, or died before it could."""
    visitor = await world.visitor()
    await visitor.get(PAGE)
    filled = visitor.fill("Reserve", quantity="2")
    await visitor.post(filled)
    world.app.start(SETTINGS, clock=world.clock.seconds)
    assert (await visitor.post(filled)).status_code == 303
    assert len(await world.reservations(visitor)) == 1


async def test_order_beyond_stock_is_refused_in_place_with_the_input_kept(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{SCARCE}")
    page = await visitor.submit("Reserve", quantity="4")
    assert page.status == 409
    assert page.url.path == f"/products/{SCARCE}"
    assert page.alerts() == ["Only 3 left"]
    field = page.one("input", name="quantity")
    assert field.attrs["value"] == "4"
    assert field.attrs["aria-invalid"] == "true"
    assert page.one("p", id=field.attrs["aria-describedby"]).text == "Choose 3 or fewer"
    assert await world.available(SCARCE) == 3


async def test_refused_form_can_be_mended_and_sent(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{SCARCE}")
    await visitor.submit("Reserve", quantity="4")
    page = await visitor.submit("Reserve", quantity="3")
    assert page.notices() == ["3 reserved for you until 09:15 UTC. Pay €1,047.00 or cancel"]


async def test_visitor_who_comes_too_late_keeps_her_form_and_is_told_that_nothing_is_left(world: World) -> None:
    late, quick = await world.visitor(), await world.visitor()
    await late.get(f"/products/{SCARCE}")
    await quick.get(f"/products/{SCARCE}")
    await quick.submit("Reserve", quantity="3")
    page = await late.submit("Reserve", quantity="1")
    assert page.status == 409
    assert page.alerts() == ["Sold out"]
    assert page.one("p", "field-error").text == "None can be reserved right now"
    assert page.one("input", name="quantity").attrs["value"] == "1"


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("0", "Must be at least 1"),
        ("-1", "Must be at least 1"),
        ("101", "Must be at most 100"),
        ("two", "Must be a whole number"),
        ("1.5", "Must be a whole number"),
        ("", "Required"),
    ],
)
async def test_quantity_that_is_none_is_refused_beside_its_field(world: World, quantity: str, message: str) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    page = await visitor.submit("Reserve", quantity=quantity)
    assert page.status == 422
    assert page.alerts() == ["Some fields are not valid"]
    assert page.one("p", "field-error").text == message
    assert page.one("input", name="quantity").attrs.get("value", "") == quantity


async def test_field_carries_the_limits_of_its_type(world: World) -> None:
    page = await (await world.visitor()).get(PAGE)
    attrs = page.one("input", name="quantity").attrs
    assert (attrs["type"], attrs["min"], attrs["max"], attrs["required"]) == ("number", "1", "100", "")


async def test_form_from_another_site_is_refused(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    page = read(await visitor.post(visitor.fill("Reserve"), site="cross-site"))
    assert page.status == 403
    assert page.one("h1").text == "This request did not come from a page of this site"
    assert page.one("a", "brand").attrs["href"] == "/"
    assert await world.available(PLENTY) == 75


async def test_form_is_worth_nothing_to_another_visitor(world: World) -> None:
    visitor, thief = await world.visitor(), await world.visitor()
    await visitor.get(PAGE)
    await thief.get("/")
    page = await thief.send(visitor.fill("Reserve"))
    assert page.status == 410
    assert await world.available(PLENTY) == 75


async def test_form_is_worth_nothing_at_another_page(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    filled = visitor.fill("Reserve")
    response = await visitor.post(replace(filled, url=filled.url.replace(PAGE, "/reservations")))
    assert response.status_code == 404
    assert await world.available(PLENTY) == 75


async def test_form_that_is_a_day_old_is_told_so_with_its_input_kept(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    filled = visitor.fill("Reserve", quantity="7")
    world.clock.advance(minutes=24 * 60 + 1)
    page = await visitor.send(filled)
    assert page.status == 410
    assert page.one("input", name="quantity").attrs["value"] == "7"
    assert await world.available(PLENTY) == 75


async def test_cancelling_gives_the_units_back(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    await visitor.submit("Reserve", quantity="5")
    await visitor.get("/reservations")
    page = await visitor.submit("Cancel")
    assert page.notices() == ["You gave them back. Nothing was charged."]
    assert page.one("span", "badge").text == "Cancelled"
    assert await world.available(PLENTY) == 75
    assert (await visitor.get(PAGE)).one("span", "badge").text == "75 in stock"


async def test_each_reservation_has_forms_of_its_own(world: World) -> None:
    visitor = await world.visitor()
    for quantity in ("1", "2"):
        await visitor.get(PAGE)
        await visitor.submit("Reserve", quantity=quantity)
        world.clock.advance(minutes=1)
    newest, oldest = await world.reservations(visitor)
    page = await visitor.submit("Cancel", inside=oldest)
    cards = {card.id: card for card in page.all("li", "reservation")}
    assert cards[oldest].notices()
    assert not cards[newest].notices()
    assert cards[newest].one("span", "badge").text == "On hold"


async def test_reservations_of_another_visitor_are_not_shown(world: World) -> None:
    visitor, other = await world.visitor(), await world.visitor()
    await visitor.get(PAGE)
    await visitor.submit("Reserve")
    assert await world.reservations(other) == []


async def test_cancelling_a_hold_that_ran_out_meanwhile_is_refused_in_its_own_place(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(PAGE)
    await visitor.submit("Reserve")
    await visitor.get("/reservations")
    world.clock.advance(minutes=15)
    page = await visitor.submit("Cancel")
    assert page.status == 409
    assert page.one("li", "reservation").alerts() == ["This reservation is expired"]
    assert page.one("span", "badge").text == "Expired"
