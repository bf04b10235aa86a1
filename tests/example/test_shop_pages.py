"""What the shop's pages show."""

from __future__ import annotations

import pytest

from example.world import PLENTY, SCARCE, World


async def test_catalogue_shows_every_product_with_price_and_stock(world: World) -> None:
    page = await (await world.visitor()).get("/")
    cards = page.one("ul", "catalogue").all("li", "card")
    products = await world.shop.catalog.list_products()
    assert [card.one("h2").text for card in cards] == [product.name for product in products]
    assert "€349.00" in cards[-1].text
    assert cards[-1].one("span", "badge").text == "Only 3 left"
    assert cards[0].one("span", "badge").text == "24 in stock"


async def test_card_leads_to_its_product(world: World) -> None:
    visitor = await world.visitor()
    card = (await visitor.get("/")).all("li", "card")[0]
    page = await visitor.get(card.one("a").attrs["href"])
    assert page.status == 200
    assert page.one("h1").text == card.one("h2").text
    assert page.one("title").text == f"{card.one('h2').text} · Holdfast"


@pytest.mark.parametrize("path", ["/products/NOPE", "/products/a-1", f"/products/{'A' * 5000}", "/nowhere", "/pay/r_x"])
async def test_what_is_not_there_is_not_found_in_the_layout_of_the_shop(world: World, path: str) -> None:
    page = await (await world.visitor()).get(path)
    assert page.status == 404
    assert page.one("a", "brand").attrs["href"] == "/"
    assert page.one("a", "primary").text == "Go to the shop"


async def test_stock_on_a_page_follows_the_stock(world: World) -> None:
    visitor, other = await world.visitor(), await world.visitor()
    await visitor.get("/")
    await other.get(f"/products/{SCARCE}")
    await other.submit("Reserve", quantity="2")
    assert (await visitor.get("/")).all("li", "card")[-1].one("span", "badge").text == "Only 1 left"
    assert (await visitor.get(f"/products/{SCARCE}")).one("span", "badge").text == "Only 1 left"


async def test_product_whose_units_are_all_on_hold_says_so_and_has_no_form(world: World) -> None:
    visitor, other = await world.visitor(), await world.visitor()
    await other.get(f"/products/{SCARCE}")
    await other.submit("Reserve", quantity="3")
    page = await visitor.get(f"/products/{SCARCE}")
    assert page.one("span", "badge").text == "All on hold"
    assert not page.all("form")


async def test_product_that_is_sold_out_says_so(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{SCARCE}")
    await visitor.submit("Reserve", quantity="3")
    await world.webhook("payment.succeeded", await world.reservation_of(visitor))
    page = await visitor.get(f"/products/{SCARCE}")
    assert page.one("span", "badge").text == "Sold out"
    assert "This is sold out." in page.text


async def test_visitor_without_reservations_is_shown_the_way_to_the_shop(world: World) -> None:
    page = await (await world.visitor()).get("/reservations")
    assert page.one("h2").text == "Nothing on hold"
    assert page.one("a", "primary").attrs["href"] == "/"


async def test_hold_tells_its_end_in_words_and_for_machines(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{PLENTY}")
    await visitor.submit("Reserve", quantity="1")
    world.clock.advance(minutes=4.5)
    card = (await visitor.get("/reservations")).one("li", "reservation")
    assert "Held for you until 09:15 UTC, 10 minutes from now." in card.text
    assert card.one("time").attrs["datetime"] == "2026-01-05T09:15:00+00:00"


@pytest.mark.parametrize("path", ["/", f"/products/{PLENTY}", "/reservations", "/sign-in"])
async def test_page_needs_nothing_that_its_policy_forbids(world: World, path: str) -> None:
    page = await (await world.visitor()).get(path)
    assert page.response.headers["content-security-policy"].startswith("default-src 'self';")
    assert page.response.headers["cache-control"] == "private, no-cache"
    own = ("/_twofold/runtime/", "/static/")
    assert all(one.attrs["src"].startswith(own) and not one.text for one in page.all("script"))
    assert not page.all("style")
    assert not [one for one in page._descendants() if "style" in one.attrs]


@pytest.mark.parametrize("path", ["/", f"/products/{PLENTY}", "/reservations", "/sign-in", "/nowhere"])
async def test_page_can_be_read_without_seeing_it(world: World, path: str) -> None:
    page = await (await world.visitor()).get(path)
    assert page.one("html").attrs["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert page.one("a", "skip").attrs["href"] == f"#{page.one('main').id}"
    assert all("alt" in image.attrs for image in page.all("img"))
    labels = {label.attrs["for"] for label in page.all("label")}
    assert labels == {one.id for one in page.all("input") if one.attrs.get("type") != "hidden"}
    ids = [one.id for one in page._descendants() if one.id]
    assert len(ids) == len(set(ids))


async def test_every_file_that_a_page_names_is_there(world: World) -> None:
    page = await (await world.visitor()).get("/")
    urls = {one.attrs["href"] for one in page.all("link")} | {one.attrs["src"] for one in page.all("img")}
    client = await world.client()
    answers = {url: (await client.get(url)).status_code for url in urls}
    assert len(urls) == 10
    assert set(answers.values()) == {200}


async def test_health_is_told_without_a_cookie(world: World) -> None:
    response = await (await world.client()).get("/healthz")
    assert response.json() == {"status": "ok"}
    assert "set-cookie" not in response.headers
