"""The API: for programs with a key, and for anyone who asks for a stock level."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from example.world import PLENTY, SCARCE, World

ORDER = {"sku": SCARCE, "quantity": 2}


async def test_stock_level_is_public(world: World) -> None:
    response = await (await world.client()).get(f"/api/stock/{SCARCE}")
    assert response.json() == {"sku": SCARCE, "available": 3, "held": 0, "sold": 0}
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(("sku", "code"), [("NOPE", "UNKNOWN_SKU"), ("nope", "NOT_FOUND"), ("A" * 3000, "NOT_FOUND")])
async def test_stock_of_nothing_is_not_found(world: World, sku: str, code: str) -> None:
    response = await (await world.client()).get(f"/api/stock/{sku}")
    assert (response.status_code, response.json()["code"]) == (404, code)


async def test_reservation_is_created_with_its_place(world: World) -> None:
    api = await world.caller()
    response = await api.post("/api/reservations", json=ORDER)
    assert response.status_code == 201
    body = response.json()
    assert (body["sku"], body["quantity"], body["status"]) == (SCARCE, 2, "held")
    assert (body["amount"], body["currency"], body["expires_at"]) == ("698.00", "EUR", "2026-01-05T09:15:00Z")
    assert (await api.get(response.headers["location"])).json() == body
    assert "set-cookie" not in response.headers
    assert (await api.get(f"/api/stock/{SCARCE}")).json()["available"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic the-api-key-of-ada"},
        {"Authorization": "Bearer schlüssel".encode("latin-1")},
    ],
)
@pytest.mark.parametrize("call", ["POST /api/reservations", "GET /api/reservations/r_x", "DELETE /api/reservations/r_x"])
async def test_caller_without_a_key_is_unknown(world: World, headers: dict[str, Any], call: str) -> None:
    method, path = call.split()
    response = await (await world.client()).request(method, path, json=ORDER if method == "POST" else None, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "AUTH")
    assert response.headers["www-authenticate"] == "Bearer"
    assert await world.available(SCARCE) == 3


async def test_order_beyond_stock_is_refused_with_what_is_left(world: World) -> None:
    response = await (await world.caller()).post("/api/reservations", json={"sku": SCARCE, "quantity": 4})
    assert response.status_code == 409
    assert response.json() == {"error": "Only 3 left", "code": "OUT_OF_STOCK", "data": {"available": 3}}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"sku": SCARCE, "quantity": 0}, {"quantity"}),
        ({"sku": SCARCE, "quantity": "2"}, {"quantity"}),
        ({"sku": SCARCE, "quantity": 2.5}, {"quantity"}),
        ({"sku": "../../etc", "quantity": 101}, {"sku", "quantity"}),
        ({}, {"sku", "quantity"}),
    ],
)
async def test_order_that_is_none_is_refused_with_every_field(world: World, body: dict[str, Any], fields: set[str]) -> None:
    response = await (await world.caller()).post("/api/reservations", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "VALIDATION")
    assert response.json()["fields"].keys() == fields


async def test_order_for_nothing_is_not_found(world: World) -> None:
    response = await (await world.caller()).post("/api/reservations", json={"sku": "NOPE", "quantity": 1})
    assert (response.status_code, response.json()["code"]) == (404, "UNKNOWN_SKU")


async def test_refusal_is_problem_details_where_they_are_asked_for(world: World) -> None:
    headers = {"Accept": "application/problem+json"}
    response = await (await world.caller()).post("/api/reservations", json={"sku": SCARCE, "quantity": 4}, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Only 3 left"


async def test_key_sent_again_gets_the_same_answer_and_no_second_hold(world: World) -> None:
    api = await world.caller()
    first, second = [await api.post("/api/reservations", json=ORDER, headers={"Idempotency-Key": '"one"'}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await world.available(SCARCE) == 1


async def test_key_sent_ten_times_at_once_holds_once(world: World) -> None:
    api = await world.caller()
    sent = (api.post("/api/reservations", json=ORDER, headers={"Idempotency-Key": "one"}) for _ in range(10))
    answers = await asyncio.gather(*sent)
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 9
    assert await world.available(SCARCE) == 1


async def test_refusal_is_replayed_too(world: World) -> None:
    api = await world.caller()
    order, headers = {"sku": SCARCE, "quantity": 4}, {"Idempotency-Key": "one"}
    await api.post("/api/reservations", json=order, headers=headers)
    await world.shop.stock.restock(SCARCE, 10)
    second = await api.post("/api/reservations", json=order, headers=headers)
    assert (second.status_code, second.headers["idempotent-replayed"]) == (409, "true")


async def test_key_for_another_order_is_refused(world: World) -> None:
    api = await world.caller()
    await api.post("/api/reservations", json=ORDER, headers={"Idempotency-Key": "one"})
    response = await api.post("/api/reservations", json={"sku": PLENTY, "quantity": 2}, headers={"Idempotency-Key": "one"})
    assert (response.status_code, response.json()["code"]) == (422, "KEY_REUSED")


async def test_keys_of_two_callers_have_nothing_to_do_with_each_other(world: World) -> None:
    order, headers = {"sku": SCARCE, "quantity": 1}, {"Idempotency-Key": "one"}
    callers = [await world.caller(name) for name in ("ada", "bob")]
    answers = [await caller.post("/api/reservations", json=order, headers=headers) for caller in callers]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize("key", ["", "a b", '"open', "x" * 256, "ключ".encode()])
async def test_malformed_idempotency_key_is_refused(world: World, key: str | bytes) -> None:
    response = await (await world.caller()).post("/api/reservations", json=ORDER, headers={"Idempotency-Key": key})  # type: ignore[dict-item]
    assert (response.status_code, response.json()["code"]) == (422, "VALIDATION")
    assert await world.available(SCARCE) == 3


async def test_reservation_of_another_caller_is_not_found(world: World) -> None:
    ada, bob = await world.caller("ada"), await world.caller("bob")
    location = (await ada.post("/api/reservations", json=ORDER)).headers["location"]
    for response in (await bob.get(location), await bob.delete(location)):
        assert (response.status_code, response.json()["code"]) == (404, "UNKNOWN_RESERVATION")
    assert await world.available(SCARCE) == 1


async def test_reservation_of_a_visitor_is_not_found(world: World) -> None:
    visitor = await world.visitor()
    await visitor.get(f"/products/{SCARCE}")
    await visitor.submit("Reserve")
    reservation = await world.reservation_of(visitor)
    response = await (await world.caller()).get(f"/api/reservations/{reservation.id}")
    assert response.status_code == 404


async def test_deleting_gives_the_units_back_and_deleting_again_changes_nothing(world: World) -> None:
    api = await world.caller()
    location = (await api.post("/api/reservations", json=ORDER)).headers["location"]
    first, second = await api.delete(location), await api.delete(location)
    assert first.json() == second.json()
    assert first.json()["status"] == "cancelled"
    assert (await api.get(f"/api/stock/{SCARCE}")).json()["available"] == 3


async def test_deleting_what_is_paid_is_refused(world: World) -> None:
    api = await world.caller()
    location = (await api.post("/api/reservations", json=ORDER)).headers["location"]
    reservation = await world.shop.reservations.get(location.rpartition("/")[2], "key:ada")
    await world.webhook("payment.succeeded", reservation)
    response = await api.delete(location)
    assert response.status_code == 409
    assert response.json()["data"] == {"state": "paid"}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/api/reservations", "OPTIONS, POST"),
        ("PATCH", "/api/reservations/r_x", "DELETE, GET, HEAD, OPTIONS"),
        ("DELETE", f"/api/stock/{SCARCE}", "GET, HEAD, OPTIONS"),
    ],
)
async def test_other_methods_are_told_which_there_are(world: World, method: str, path: str, allow: str) -> None:
    response = await (await world.caller()).request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)


async def test_scripts_of_other_sites_may_ask_for_stock_and_reserve(world: World) -> None:
    elsewhere = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    client = await world.client(elsewhere)
    level = await client.get(f"/api/stock/{SCARCE}")
    assert (level.status_code, level.headers["access-control-allow-origin"]) == (200, "*")
    assert level.headers["ratelimit-policy"] == '"api";q=1000;w=60'
    names = "authorization,idempotency-key,content-type"
    asks = {"access-control-request-method": "POST", "access-control-request-headers": names}
    preflight = await client.request("OPTIONS", "/api/reservations", headers=asks)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
