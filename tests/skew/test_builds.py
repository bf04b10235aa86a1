"""Two builds of an app behind one proxy: nothing that was typed is lost, and nothing is answered with a 500."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.builds import Alternating, Build, behind_proxy
from twofold.testing import Client, Page

OLD_SECRET, NEW_SECRET = "old-" * 10, "new-" * 10

SHOP = """
from __future__ import annotations
from dataclasses import dataclass
from html import escape
from typing import Annotated
from annotated_types import Le
from markupsafe import Markup
from twofold import App, action

app = App()
DONE = []

@action({options})
async def {name}(sku: str, {parameters}) -> str:
    DONE.append((sku, {values}))
    return f"done {{DONE[-1]}}"

@app.page("/")
def page():
    form = {name}.form()
    fields = "".join(f'<input {{form.field(name).attrs}}>{{" ".join(form.field(name).errors)}}' for name in {fields})
    error = f'<p role="alert">{{escape(form.error.message)}}</p>' if form.error else ""
    return Markup(f'<!doctype html><title>Shop</title><form {{form.attrs}}>{{form.hidden}}{{fields}}{{error}}</form>'
                  f'<output id=done>{{form.result or ""}}</output>')
"""


def shop(
    name: str = "reserve",
    parameters: str = "quantity: int",
    fields: tuple[str, ...] = ("sku", "quantity"),
    options: str = "",
    bound: str = "",
) -> str:
    values = ", ".join(one.partition(":")[0] for one in parameters.split(", ") if ":" in one)
    return SHOP.format(name=name, parameters=parameters, values=values, fields=fields, options=options)


@asynccontextmanager
async def rolling(
    folder: Path, old: str, new: str, secrets: tuple[str, str] = (OLD_SECRET, OLD_SECRET)
) -> AsyncIterator[tuple[Alternating, Client]]:
    builds = [
        Build(folder / name, source, TWOFOLD_ENV="test", TWOFOLD_SECRET=secret)
        for name, source, secret in zip(("old", "new"), (old, new), secrets, strict=True)
    ]
    async with behind_proxy(*builds) as (proxy, url), Client.connect(url) as client:
        yield proxy, client


async def old_page_to_new_server(proxy: Alternating, client: Client, action: str = "reserve", **fields: object) -> Page:
    proxy.next = 0
    page = await client.page("/")
    proxy.next = 1
    return await client.submit(page.form(action), **fields)


async def test_an_unchanged_action_works_from_either_page_on_either_server(tmp_path: Path) -> None:
    async with rolling(tmp_path, shop(), shop()) as (proxy, client):
        for _ in range(4):
            page = await client.page("/")
            answer = await client.submit(page.form("reserve"), sku="A", quantity=2)
            assert answer.status == 200
        assert set(proxy.asked) == {0, 1}


async def test_an_added_optional_field_takes_its_default(tmp_path: Path) -> None:
    new = shop(parameters="quantity: int, note: str = 'none'", fields=("sku", "quantity", "note"))
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=2)
        assert page.status == 200
        assert page.alerts == ()
        assert page.text_of("done") == "done ('A', 2, 'none')"


async def test_an_added_required_field_is_asked_for_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    new = shop(parameters="quantity: int, name: str", fields=("sku", "quantity", "name"))
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=7)
        assert page.status == 410
        assert page.alerts == ("This page is older than the site. Check your input and send it again",)
        form = page.form("reserve")
        assert (form["sku"].value, form["quantity"].value) == ("A", "7")
        page = await client.submit(form, name="Ada")
        assert page.status == 200
        assert page.alerts == ()


async def test_a_removed_field_does_no_harm_to_a_page_that_still_has_it(tmp_path: Path) -> None:
    old = shop(parameters="quantity: int, note: str = ''", fields=("sku", "quantity", "note"))
    async with rolling(tmp_path, old, shop()) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=7, note="gone")
        assert page.status in (200, 410)
        if page.status == 410:
            assert page.form("reserve")["quantity"].value == "7"


async def test_a_narrowed_field_says_what_is_wrong_and_keeps_the_input(tmp_path: Path) -> None:
    new = shop(parameters="quantity: Annotated[int, Le(5)]")
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=7)
        assert page.status == 410
        form = page.form("reserve")
        assert form["quantity"].value == "7"
        assert form["quantity"].is_invalid
        assert (await client.submit(form, quantity=5)).status == 200


async def test_a_renamed_action_with_an_alias_works_from_old_pages(tmp_path: Path) -> None:
    new = shop(name="hold", options="aliases=['shop.reserve']")
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=2)
        assert page.status == 200
        assert page.alerts == ()


async def test_a_renamed_action_with_an_alias_shows_what_was_wrong_in_its_form(tmp_path: Path) -> None:
    new = shop(name="hold", options="aliases=['shop.reserve']")
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity="many")
        assert page.status in (410, 422)
        assert page.form("hold")["quantity"].value == "many"
        assert page.form("hold")["quantity"].is_invalid


async def test_an_alias_opens_no_page_to_another_name(tmp_path: Path) -> None:
    new = shop(name="hold", options="aliases=['shop.reserve']")
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        proxy.next = 1
        form = (await client.page("/")).form("hold")
        form.url = form.url.replace("shop.hold", "shop.reserve")
        assert (await client.submit(form, sku="A", quantity=1)).status == 404


async def test_a_renamed_action_without_an_alias_does_nothing_and_says_so(tmp_path: Path) -> None:
    async with rolling(tmp_path, shop(), shop(name="hold")) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=2)
        assert page.status == 404
        proxy.next = 0
        page = await client.submit((await client.page("/")).form("reserve"), sku="A", quantity=2)
        assert page.status == 200


async def test_a_page_of_the_new_build_reaches_an_old_server(tmp_path: Path) -> None:
    new = shop(parameters="quantity: int, name: str", fields=("sku", "quantity", "name"))
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        proxy.next = 1
        page = await client.page("/")
        proxy.next = 0
        answer = await client.submit(page.form("reserve"), sku="A", quantity=3, name="Ada")
        assert answer.status in (200, 410)
        if answer.status == 410:
            assert answer.form("reserve")["quantity"].value == "3"


async def test_a_rotated_secret_that_both_builds_know_breaks_no_page(tmp_path: Path) -> None:
    secrets = f"{OLD_SECRET},{NEW_SECRET}", f"{NEW_SECRET},{OLD_SECRET}"
    async with rolling(tmp_path, shop(), shop(), secrets) as (proxy, client):
        for first in (0, 1):
            proxy.next = first
            page = await client.page("/")
            proxy.next = 1 - first
            assert (await client.submit(page.form("reserve"), sku="A", quantity=2)).status == 200


async def test_a_secret_that_the_other_build_does_not_know_is_a_page_that_is_not_there(tmp_path: Path) -> None:
    async with rolling(tmp_path, shop(), shop(), (OLD_SECRET, NEW_SECRET)) as (proxy, client):
        page = await old_page_to_new_server(proxy, client, sku="A", quantity=2)
        assert page.status == 404
        page = await client.page("/")
        assert (await client.submit(page.form("reserve"), sku="A", quantity=2)).status == 200


@pytest.mark.parametrize("turn", [0, 1])
async def test_under_a_rolling_deployment_no_answer_is_a_500(tmp_path: Path, turn: int) -> None:
    new = shop(parameters="quantity: Annotated[int, Le(5)], name: str", fields=("sku", "quantity", "name"))
    async with rolling(tmp_path, shop(), new) as (proxy, client):
        if turn:
            await client.get("/")
        for quantity in range(12):
            page = await client.page("/")
            form = page.form("reserve")
            more = {"name": "Ada"} if "name" in form.fields else {}
            answer = await client.submit(form, sku="A", quantity=quantity, **more)
            assert answer.status in (200, 410, 422)
            if answer.status != 200:
                assert answer.form("reserve")["quantity"].value == str(quantity)
        assert set(proxy.asked) == {0, 1}
