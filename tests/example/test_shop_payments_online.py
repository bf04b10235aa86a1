"""Paying: a hold becomes a sale through the signed webhook, and through nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import httpx2
import pytest

from example.browsing import Visitor
from example.world import PLENTY, SCARCE, World


async def buyer(world: World, sku: str = SCARCE, quantity: str = "2") -> Visitor:
    """Give a visitor who has a hold, with her reservations before her."""
    visitor = await world.visitor()
    await visitor.get(f"/products/{sku}")
    await visitor.submit("Reserve", quantity=quantity)
    await visitor.get("/reservations")
    return visitor


async def badge(visitor: Visitor) -> str:
    return (await visitor.get("/reservations")).one("li", "reservation").one("span", "badge").text


async def test_pay_leads_to_the_provider_and_pays_nothing(world: World) -> None:
    visitor = await buyer(world)
    page = await visitor.submit("Pay")
    assert page.url.path.startswith("/pay/r_")
    assert page.one("h1").text == "€698.00"
    assert await badge(visitor) == "On hold"


async def test_payment_makes_the_hold_a_sale(world: World) -> None:
    visitor = await buyer(world)
    await visitor.submit("Pay")
    page = await visitor.submit("Pay")
    assert page.url.path == "/reservations"
    assert page.one("span", "badge").text == "Paid"
    product = await world.shop.catalog.get_product(SCARCE)
    assert (product.available, product.held, product.sold) == (1, 0, 2)
    await world.check_books()


async def test_payment_sent_twice_counts_once(world: World) -> None:
    visitor = await buyer(world)
    await visitor.submit("Pay")
    filled = visitor.fill("Pay")
    first, second = await asyncio.gather(visitor.post(filled), visitor.post(filled))
    assert (first.status_code, second.status_code) == (303, 303)
    assert await world.shop.payments.refunds_due() == []


async def test_declined_payment_leaves_the_hold_and_lets_the_buyer_try_again(world: World) -> None:
    visitor = await buyer(world)
    await visitor.submit("Pay")
    page = await visitor.submit("Decline")
    assert "The payment was declined. You can try again." in page.text
    await visitor.submit("Pay")
    await visitor.submit("Pay")
    assert await badge(visitor) == "Paid"


async def test_provider_page_of_a_paid_reservation_leads_back(world: World) -> None:
    visitor = await buyer(world)
    provider = (await visitor.submit("Pay")).url.path
    await visitor.submit("Pay")
    assert (await visitor.get(provider)).url.path == "/reservations"


async def test_provider_page_belongs_to_the_buyer(world: World) -> None:
    visitor = await buyer(world)
    provider = (await visitor.submit("Pay")).url.path
    assert (await (await world.visitor()).get(provider)).status == 404


async def test_webhook_makes_the_hold_a_sale_and_every_page_shows_it(world: World) -> None:
    visitor = await buyer(world)
    await visitor.get("/")
    response = await world.webhook("payment.succeeded", await world.reservation_of(visitor))
    assert response.json() == {
        "event_id": "evt_1", "outcome": "charged", "is_duplicate": False, "status": "paid", "sku": SCARCE,
    }  # fmt: skip
    assert await badge(visitor) == "Paid"
    stock = await (await world.client()).get(f"/api/stock/{SCARCE}")
    assert stock.json() == {"sku": SCARCE, "available": 1, "held": 0, "sold": 2}


async def test_webhook_delivered_ten_times_at_once_counts_once(world: World) -> None:
    reservation = await world.reservation_of(await buyer(world))
    answers = await asyncio.gather(*(world.webhook("payment.succeeded", reservation) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert sorted(answer.json()["is_duplicate"] for answer in answers) == [False] + [True] * 9
    assert await world.shop.payments.refunds_due() == []
    await world.check_books()


async def test_webhook_signed_with_another_secret_changes_nothing(world: World) -> None:
    visitor = await buyer(world)
    response = await world.webhook("payment.succeeded", await world.reservation_of(visitor), secret="guessed-by-someone")
    assert (response.status_code, response.json()["code"]) == (403, "FORBIDDEN")
    assert await badge(visitor) == "On hold"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Payment-Signature": ""}, 403),
        ({"X-Payment-Signature": "sha256=abc"}, 403),
        ({"X-Payment-Signature": "0" * 64}, 403),
    ],
)
async def test_webhook_is_refused_before_its_body_is_read(world: World, headers: dict[str, str], status: int) -> None:
    response = await (await world.client()).post("/api/webhooks/payment", content=b"{ not json", headers=headers)
    assert response.status_code == status


async def test_webhook_with_a_true_signature_and_a_false_body_is_the_senders_fault(world: World) -> None:
    body = b'{"id": "evt_1", "type": "payment.invented"}'
    signature = hmac.new(world.shop.provider.secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Payment-Signature": signature}
    response = await (await world.client()).post("/api/webhooks/payment", content=body, headers=headers)
    assert response.status_code == 422
    assert {"type", "created", "data"} <= response.json()["fields"].keys()


async def test_late_payment_is_due_back_and_both_sides_are_told(world: World) -> None:
    visitor = await buyer(world)
    await visitor.submit("Pay")
    world.clock.advance(minutes=16)
    page = await visitor.submit("Pay")
    card = page.one("li", "reservation")
    assert card.one("span", "badge").text == "Refund due"
    assert "We owe you €698.00" in card.text
    assert await world.available(SCARCE) == 3
    room = await (await world.admin()).get("/admin")
    assert "1 refund is due" in room.one("section", "refunds").text
    assert f"€698.00 for {card.id}" in room.one("section", "refunds").text


async def test_refund_is_told(world: World) -> None:
    visitor = await buyer(world)
    reservation = await world.reservation_of(visitor)
    await world.webhook("payment.succeeded", reservation, "evt_1")
    await world.webhook("payment.refunded", reservation, "evt_2")
    card = (await visitor.get("/reservations")).one("li", "reservation")
    assert card.one("span", "badge").text == "Refunded"
    assert "Your money went back 09:00 UTC." in card.text
    assert await world.available(SCARCE) == 3


async def test_hold_that_ran_out_is_shown_so_before_any_sweep(world: World) -> None:
    visitor = await buyer(world)
    world.clock.advance(minutes=15)
    assert await badge(visitor) == "Expired"


async def test_sweep_gives_the_units_back_on_every_page(world: World) -> None:
    await buyer(world, quantity="3")
    visitor = await world.visitor()
    assert (await visitor.get(f"/products/{SCARCE}")).one("span", "badge").text == "All on hold"
    world.clock.advance(minutes=15)
    assert await world.sweep() == [SCARCE]
    assert (await visitor.get(f"/products/{SCARCE}")).one("span", "badge").text == "Only 3 left"
    assert (await visitor.get("/")).all("li", "card")[-1].one("span", "badge").text == "Only 3 left"


async def test_refused_order_shows_the_units_whose_holds_ran_out(world: World) -> None:
    await buyer(world, quantity="3")
    visitor = await world.visitor()
    await visitor.get(f"/products/{PLENTY}")
    api = await world.caller()
    assert (await api.get(f"/api/stock/{SCARCE}")).json()["available"] == 0
    world.clock.advance(minutes=15)
    refusal = await api.post("/api/reservations", json={"sku": SCARCE, "quantity": 4})
    assert refusal.json()["data"] == {"available": 3}
    assert (await api.get(f"/api/stock/{SCARCE}")).json()["available"] == 3


async def test_paying_for_a_hold_that_ran_out_is_refused_in_its_place(world: World) -> None:
    visitor = await buyer(world)
    world.clock.advance(minutes=15)
    page = await visitor.submit("Pay")
    assert page.status == 409
    assert page.one("li", "reservation").alerts() == ["This reservation is expired"]


async def test_webhook_answers_only_to_post(world: World) -> None:
    response: httpx2.Response = await (await world.client()).get("/api/webhooks/payment")
    assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, POST")
