"""The stock room: who gets in, and what is done there."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

import httpx2
import pytest

from example.browsing import Visitor
from example.world import ADMIN_TOKEN, PLENTY, SCARCE, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def test_stranger_is_sent_to_the_door(world: World) -> None:
    page = await (await world.visitor()).get("/admin")
    assert page.url.path == "/sign-in"
    assert page.one("h1").text == "Stock room"


async def test_wrong_token_is_refused_beside_its_field_and_never_shown_again(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get("/sign-in")
    page = await visitor.submit("Sign in", token="open sesame")
    assert page.status == 422
    assert page.alerts() == ["You are not signed in"]
    assert page.one("p", "field-error").text == "This is not the admin token"
    assert "open sesame" not in page.response.text
    assert (await visitor.get("/admin")).url.path == "/sign-in"


async def test_token_is_hinted_at_only_in_development(world: World) -> None:
    page = await (await world.visitor()).get("/sign-in")
    assert ADMIN_TOKEN not in page.response.text
    assert "In development" not in page.text


async def test_token_opens_the_stock_room(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get("/sign-in")
    page = await visitor.submit("Sign in", token=ADMIN_TOKEN)
    assert page.url.path == "/admin"
    assert len(page.all("li", "shelf")) == 8
    assert (await visitor.get("/sign-in")).url.path == "/admin"


async def test_signing_in_keeps_the_reservations_and_changes_the_session(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{PLENTY}")
    await visitor.submit("Reserve")
    old_form = visitor.fill("Reserve")
    await visitor.get("/sign-in")
    await visitor.submit("Sign in", token=ADMIN_TOKEN)
    assert len(await world.reservations(visitor)) == 1
    assert (await visitor.send(old_form)).status == 410


async def test_restocking_is_shown_everywhere(world: World) -> None:
    admin, visitor = await world.admin(), await world.visitor()
    await visitor.get(f"/products/{SCARCE}")
    page = await admin.submit("Restock", inside=SCARCE, quantity="10")
    shelf = next(one for one in page.all("li", "shelf") if one.id == SCARCE)
    assert shelf.notices() == ["Restocked. 13 are available."]
    assert page.notices() == shelf.notices()
    assert (await visitor.get(f"/products/{SCARCE}")).one("span", "badge").text == "13 in stock"
    await world.check_books()


async def test_restocking_twice_by_accident_counts_once(world: World) -> None:
    admin = await world.admin()
    filled = admin.fill("Restock", inside=SCARCE, quantity="10")
    await admin.post(filled)
    await admin.post(filled)
    assert await world.available(SCARCE) == 13


async def test_restocking_nothing_is_refused_on_its_own_shelf(world: World) -> None:
    admin = await world.admin()
    page = await admin.submit("Restock", inside=SCARCE, quantity="0")
    assert page.status == 422
    assert [one.id for one in page.all("li", "shelf") if one.alerts()] == [SCARCE]
    assert page.one("p", "field-error").text == "Must be at least 1"


async def test_form_of_an_admin_who_has_left_is_worth_nothing(world: World) -> None:
    admin = await world.admin()
    filled = admin.fill("Restock", inside=SCARCE, quantity="10")
    page = await admin.submit("Sign out")
    assert page.url.path == "/"
    response = await admin.post(filled)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert await world.available(SCARCE) == 3


async def test_form_of_an_admin_is_worth_nothing_in_other_hands(world: World) -> None:
    admin, thief = await world.admin(), await world.visitor()
    await thief.get("/")
    filled = admin.fill("Restock", inside=SCARCE, quantity="10")
    assert (await thief.post(filled)).headers["location"] == "/sign-in"
    # Nor at a page that is open to everyone.
    elsewhere = replace(filled, url=filled.url.replace("/admin", "/sign-in"))
    assert (await thief.post(elsewhere)).status_code == 404
    assert await world.available(SCARCE) == 3


async def test_stock_room_is_closed_to_those_who_ask_for_data(world: World) -> None:
    response = await (await world.client({"Accept": "application/json"})).get("/admin")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


async def test_an_uploaded_picture_is_shown_to_everyone(world: World) -> None:
    admin, visitor = await world.admin(), await world.visitor()
    assert not (await visitor.get(f"/products/{PLENTY}")).all("div", "photo")
    sent = await upload(admin, PLENTY, PNG)
    assert sent.status_code == 303
    picture = (await visitor.get(f"/products/{PLENTY}")).one("div", "photo").one("img").attrs["src"]
    answer = await visitor.client.get(picture)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert "immutable" in answer.headers["cache-control"]
    await upload(admin, PLENTY, PNG + b"other")
    assert (await visitor.client.get(picture)).status_code == 404
    assert (await visitor.get("/")).one("div", "photo").one("img").attrs["src"] != picture


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"<svg onload=alert(1)/>", "Must be one of"), (PNG + bytes(2 * 1024 * 1024), "Must be at most 2 MiB"), (b"", "Must be")],
)
async def test_what_is_no_picture_is_refused_beside_its_field(world: World, content: bytes, problem: str) -> None:
    admin = await world.admin()
    answer = await upload(admin, PLENTY, content)
    assert answer.status_code in (413, 422)
    assert problem in answer.text
    assert not (await admin.get(f"/products/{PLENTY}")).all("div", "photo")


async def upload(admin: Visitor, sku: str, content: bytes) -> httpx2.Response:
    await admin.get("/admin")
    form = next(one for one in admin.page.all("form", "upload") if sku in one.all("input")[-1].id or sku in one.attrs["action"])
    sent = {one.attrs["name"]: one.attrs.get("value", "") for one in form.all("input") if one.attrs["type"] == "hidden"}
    url = urljoin(str(admin.page.url), form.attrs["action"])
    files = {"image": ("picture.png", content, "image/png")}
    return await admin.client.post(url, data=sent, files=files, headers={"Sec-Fetch-Site": "same-origin"})
