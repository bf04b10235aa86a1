"""A small shop with regions, for tests of what the development panel is told and shows."""

from __future__ import annotations

import asyncio
from typing import Annotated

import htpy as h
from annotated_types import Ge

from twofold import App, ContractError, Redirect, Settings, action, cached, redirect, region, revalidate_path, revalidate_tag

SECRET = "b7Xq2mN9vK4rT8wY1zA6cE3gH5jL0pSd"


class SoldOut(ContractError, code="SOLD_OUT", status=409, message="Sold out"):
    """Nothing is left."""


class Shelf:
    """What is left, what breaks, and a gate at which amounts are held."""

    def __init__(self) -> None:
        self.left = {"lamp": 5, "chair": 7}
        self.is_broken = False
        self.gate = asyncio.Event()
        self.gate.set()


class _Now:
    shelf = Shelf()


def new_shelf() -> Shelf:
    """Forget what earlier tests did."""
    _Now.shelf = Shelf()
    return _Now.shelf


@cached(tags=["stock:{sku}"])
async def left(sku: str) -> int:
    return _Now.shelf.left[sku]


@cached(tags=["total"])
async def total() -> int:
    return sum([await left(sku) for sku in _Now.shelf.left])


@region
async def amount(sku: str) -> h.Renderable:
    await _Now.shelf.gate.wait()
    return h.p(id=sku)[f"{sku}: {await left(sku)} left"]


@region(tags=["shelf"])
async def shelf() -> h.Renderable:
    if _Now.shelf.is_broken:
        raise RuntimeError("canary-in-a-region")
    return h.section(id="shelf")[f"{await total()} in all"]


@action(errors=[SoldOut], export=True)
async def sell(sku: str, quantity: Annotated[int, Ge(1)] = 1) -> int:
    if quantity > _Now.shelf.left[sku]:
        raise SoldOut
    _Now.shelf.left[sku] -= quantity
    revalidate_tag(f"stock:{sku}")
    return _Now.shelf.left[sku]


@action
async def close_shop() -> Redirect:
    revalidate_path("/")
    return redirect("/closed")


def make_app(mode: str = "production") -> App:
    """Make the app; it is started by its first request."""
    app = App(settings=Settings(mode=mode, secrets=SECRET))  # type: ignore[arg-type]

    @app.page("/")
    async def page() -> h.Renderable:
        form, closing = sell.form(sku="lamp"), close_shop.form()
        return h.html[
            h.head[h.title["Shop"]],
            h.body[
                h.h1[f"Shop with {await left('chair')} chairs"],
                await amount("lamp"),
                await amount("chair"),
                await shelf(),
                h.form(form.attrs)[form.hidden, h.input(form.field("quantity").attrs, aria_label="Quantity"), h.button["Sell"]],
                h.form(closing.attrs)[closing.hidden, h.button["Close the shop"]],
            ],
        ]

    @app.page("/closed")
    async def closed() -> h.Renderable:
        return h.html[h.head[h.title["Closed"]], h.body[h.h1["Closed"], await amount("chair")]]

    return app


def under_development(app: App) -> App:
    """Start an app as `twofold dev` does."""
    app.start().development_page = lambda call, failure: f"<h1>{failure.code}</h1>"
    return app
