"""A small app of forms, for tests of how actions are called."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx2
from annotated_types import Ge, Le
from markupsafe import Markup
from pydantic import SecretStr
from starlette.responses import Response

from twofold import (
    App,
    CallNext,
    ContractError,
    Redirect,
    Request,
    Secret,
    Settings,
    UploadFile,
    action,
    cookies,
    redirect,
    session,
)
from twofold.idempotency import Store

SECRET = "b7Xq2mN9vK4rT8wY1zA6cE3gH5jL0pSd"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class Effects:
    """What actions did, and a gate at which they can be held."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.gate = asyncio.Event()

    def reset(self) -> None:
        self.log.clear()
        self.gate = asyncio.Event()
        self.gate.set()


effects = Effects()


class SoldOut(ContractError, code="SOLD_OUT", status=409, message="Sold out"):
    """Nothing is left."""


class Undeclared(ContractError, code="UNDECLARED", status=418, message="canary-undeclared"):
    """The action does not name it."""


@action(errors=[SoldOut], export=True, aliases=["shop.former_name"])
async def reserve(sku: str, quantity: Annotated[int, Ge(1), Le(100)]) -> int:
    await effects.gate.wait()
    if quantity == 99:
        raise SoldOut
    effects.log.append((sku, quantity))
    return quantity


@action
async def internal(note: str) -> None:
    """Neither exported nor without effect."""
    effects.log.append(note)


@action
async def sign_in(name: str, password: SecretStr, pin: Annotated[str, Secret], photo: UploadFile | None = None) -> Redirect:
    if name == "nobody":
        raise ContractError("No such user")
    session["name"] = name
    cookies.set("seen", "yes")
    effects.log.append((name, password.get_secret_value(), pin, photo and (photo.filename, await photo.read())))
    return redirect("/welcome")


@action(export=True)
async def breaks(how: str) -> None:
    if how == "undeclared":
        raise Undeclared
    raise RuntimeError("canary-in-an-action")


@action(idempotent=True, export=True)
async def counts() -> int:
    effects.log.append("count")
    return len(effects.log)


@action(max_body=200, export=True)
async def small(text: str) -> None:
    effects.log.append(text)


def field(form: Any, name: str) -> Markup:
    """One input with its errors."""
    shown = form.field(name)
    errors = Markup("").join(Markup("<em id={}>{}</em>").format(shown.error_id, one) for one in shown.errors)
    return Markup("<input {}>{}").format(shown.attrs, errors)


def written(form: Any, *names: str) -> Markup:
    """A form with its fields, its error and its result."""
    fields = Markup("").join(field(form, name) for name in names)
    alert = Markup("<strong role=alert>{}</strong>").format(form.error.message) if form.error else ""
    done = Markup("<output>{}</output>").format(form.result) if form.state == "succeeded" else ""
    return Markup("<form {}>{}{}{}{}</form>").format(form.attrs, form.hidden, alert, fields, done)


async def guard(request: Request, call_next: CallNext) -> Response:
    """Lets nobody in without the right header."""
    if request.headers.get("x-guard") != "open":
        return Response("closed", 403)
    return await call_next(request)


def make_app(idempotency: Store | None = None) -> App:
    """Make the app; it is started by its first request."""
    app = App(settings=Settings(mode="production", secrets=SECRET), idempotency=idempotency)

    @app.page("/products/{sku}")
    async def product(sku: str, sort: str = "name") -> Markup:
        return Markup("<h1>{}</h1>{}").format(sku, written(reserve.form(sku=sku), "quantity"))

    @app.page("/two")
    async def two() -> Markup:
        return written(reserve.form("first", sku="A"), "quantity") + written(reserve.form("second", sku="A"), "quantity")

    @app.page("/login")
    async def login() -> Markup:
        return written(sign_in.form(), "name", "password", "pin", "photo")

    @app.page("/internal")
    async def internal_page() -> Markup:
        return written(internal.form(), "note") + written(breaks.form(), "how")

    @app.page("/formless")
    async def formless() -> str:
        return "nothing to fill in"

    return app


class Tab:
    """A browser tab without JavaScript, on the level of requests."""

    def __init__(self, app: App) -> None:
        transport = httpx2.ASGITransport(app=app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="https://shop.example", headers=SAME_ORIGIN)

    async def open(self, url: str) -> httpx2.Response:
        return await self.client.get(url)

    async def post(self, url: str, fields: Mapping[str, str], **options: Any) -> httpx2.Response:
        return await self.client.post(url, data=dict(fields), **options)

    async def call(self, action_id: str, body: Any, *, key: str = "k" * 22, **headers: str) -> httpx2.Response:
        return await self.client.post(f"/_twofold/call?/{action_id}", json=body, headers={"Twofold-Call": key, **headers})


def token(page: str, index: int = 0) -> str:
    """The sealed token of a form."""
    return re.findall(r'name="_tf" value="([^"]+)"', page)[index]


def target(page: str, index: int = 0) -> str:
    """The form's `action` attribute."""
    return html.unescape(re.findall(r'<form [^>]*action="([^"]+)"', page)[index])


def inputs(page: str) -> Iterator[dict[str, str]]:
    """The attributes of every input."""
    for written_input in re.findall(r"<input ([^>]*)>", page):
        yield {name: html.unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', written_input)}
