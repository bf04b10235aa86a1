"""The workloads in Twofold, as its documentation says to write them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

import store
from jinja2 import Environment
from markupsafe import Markup
from pydantic import BaseModel, Field
from twofold import App, ContractError, HmacSha256, NotFound, action, cached, region, revalidate_tag, verify
from twofold.settings import Settings

Sku = Annotated[str, Field(pattern=store.SKU_PATTERN)]
Quantity = Annotated[int, Field(ge=1, le=100)]
ROWS = [f"SKU-{number:04d}" for number in range(20)]

app = App(settings=Settings(mode="production", secrets=secrets.token_urlsafe(32), allowed_hosts=("127.0.0.1",)))


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409, message="Out of stock"):
    """Fewer are left than were asked for."""


class Order(BaseModel):
    sku: Sku
    quantity: Quantity


class Price(BaseModel):
    sku: Sku
    price: Annotated[int, Field(ge=0)]


class Event(BaseModel):
    id: str


@dataclass(slots=True)
class Reserved:
    success: bool
    reservationId: str  # noqa: N815  as all contenders call it


@dataclass(slots=True)
class Received:
    received: bool


@dataclass(slots=True)
class Stock:
    sku: str
    stock: int


@dataclass(slots=True)
class Priced:
    sku: str
    price: int
    version: int


@dataclass(slots=True)
class Changed:
    ok: bool
    version: int


def reserved(sku: str, quantity: int) -> Reserved:
    done = store.reserve(sku, quantity)
    if not done["success"]:
        raise OutOfStock
    return Reserved(success=True, reservationId=done["reservationId"])


# W1


@action(export=True, errors=[OutOfStock])
async def reserve(sku: Sku, quantity: Quantity) -> Reserved:
    return reserved(sku, quantity)


# W2


@app.post("/api/reserve")
async def api_reserve(order: Order) -> Reserved:
    return reserved(order.sku, order.quantity)


# W3


@app.post("/api/webhooks/payment")
@verify(HmacSha256(header="x-payment-signature", secret=store.SECRET.decode()))
async def webhook(event: Event) -> Received:
    return Received(received=bool(event.id))


# W4


@app.get("/api/stock/{sku}")
async def stock(sku: str) -> Stock:
    have = store.STOCK.get(sku)
    if have is None:
        raise NotFound
    return Stock(sku, have)


def another_route(number: int) -> None:
    async def one(sku: str) -> Stock:
        return await stock(sku)

    app.get(f"/api/g{number}/{{sku}}")(one)


for number in range(store.N_ROUTES):
    another_route(number)


# W5


@cached(tags=["price:{sku}"])
async def price_of(sku: str) -> Priced:
    return Priced(**store.compute_price(sku))


@app.get("/api/cached/{sku}")
async def cached_price(sku: str) -> Priced:
    return await price_of(sku)


@app.post("/api/price")
async def change_price(change: Price) -> Changed:
    version = store.set_price(change.sku, change.price)
    revalidate_tag(f"price:{change.sku}")
    return Changed(ok=True, version=version)


@app.get("/api/stats")
async def stats() -> dict[str, int]:
    return store.COUNTS


# W6 and W7


@action
async def reserve_here(sku: Sku, quantity: Quantity) -> Reserved:
    return reserved(sku, quantity)


@action(revalidates=["level:{sku}"])
async def restock(sku: Sku, quantity: Quantity) -> int:
    store.STOCK[sku] += quantity
    return store.STOCK[sku]


@cached(tags=["level:{sku}"])
async def level(sku: str) -> int:
    return store.STOCK[sku]


@app.page("/form")
async def form_page() -> Markup:
    form = reserve_here.form()
    return Markup(FORM.render(form=form, sku=form.field("sku"), quantity=form.field("quantity"), rows=store.rows()))


@app.page("/regions")
async def regions_page() -> Markup:
    form = restock.form()
    rows = [await row(sku) for sku in ROWS]
    return Markup(REGIONS.render(form=form, sku=form.field("sku"), quantity=form.field("quantity"), rows=rows))


@region
async def row(sku: str) -> Markup:
    return Markup("<p>{}: {}</p>").format(sku, await level(sku))


templates = Environment(autoescape=True)
FIELDS = """
<form {{ form.attrs }}>{{ form.hidden }}
<input {{ sku.attrs }}><input {{ quantity.attrs }}><p id="{{ quantity.error_id }}">{{ quantity.errors | join }}</p>
<button>Reserve</button></form>
"""
FORM = templates.from_string(
    """<!doctype html><html lang="en"><h1>Stock</h1>
<table>{% for sku, stock in rows %}<tr><td>{{ sku }}</td><td>{{ stock }}</td></tr>{% endfor %}</table>
{% if form.result %}<p role="status">Reserved {{ form.result.reservationId }}</p>{% endif %}
{% if form.error %}<p role="alert">{{ form.error.message }}</p>{% endif %}"""
    + FIELDS
    + "</html>"
)
REGIONS = templates.from_string(
    """<!doctype html><html lang="en"><h1>Stock</h1>""" + FIELDS + """{% for row in rows %}{{ row }}{% endfor %}</html>"""
)
