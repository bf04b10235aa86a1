"""The shop as visitors, staff and other programs meet it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from twofold.testing import Client

import stock
from app.api.webhooks.delivery.route import SIGNATURE
from environment import STAFF_PASSWORD
from main import app


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    stock.fill()
    async with Client(app) as client:
        yield client


async def test_a_visitor_reserves(client: Client) -> None:
    page = await client.page("/products/A-1")
    page = await client.submit(page.form("reserve"), quantity=2)
    assert "2 reserved for you" in page.text
    assert page.text_of("left") == "1 left"


async def test_a_double_click_reserves_once(client: Client) -> None:
    form = (await client.page("/products/A-1")).form("reserve")
    await client.submit(form, quantity=2)
    await client.submit(form, quantity=2)
    assert stock.find("A-1").available == 1


async def test_more_than_there_is_is_refused_and_the_input_kept(client: Client) -> None:
    page = await client.page("/products/A-1")
    page = await client.submit(page.form("reserve"), quantity=7)
    assert (page.status, page.alerts) == (409, ("Only 3 left",))
    assert page.form("reserve")["quantity"].value == "7"


async def test_other_programs_are_refused_with_the_same_error(client: Client) -> None:
    answer = await client.post("/api/reservations", json={"sku": "A-1", "quantity": 7})
    assert answer.json() == {"error": "Only 3 left", "code": "OUT_OF_STOCK", "data": {"available": 3}}


async def test_a_delivery_counts_once_and_only_with_its_signature(client: Client) -> None:
    body = json.dumps({"id": "d-1", "sku": "A-1", "quantity": 5}).encode()
    headers = {"Content-Type": "application/json", "X-Delivery-Signature": SIGNATURE.sign(body)}
    for _ in range(2):
        answer = await client.post("/api/webhooks/delivery", content=body, headers=headers)
        assert answer.json()["available"] == 8
    changed = body.replace(b"5", b"6")
    assert (await client.post("/api/webhooks/delivery", content=changed, headers=headers)).status_code == 403


async def test_only_staff_restocks(client: Client) -> None:
    door = await client.page("/staff")
    assert door.path == "/sign-in"
    page = await client.submit(door.form("sign_in"), password=STAFF_PASSWORD)
    page = await client.submit(page.form("restock", within="A-1"), quantity=10)
    assert page.text_of("A-1").startswith("Desk lamp: 13 left")
