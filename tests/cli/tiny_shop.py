"""A shop as small as it can be and still use everything that the tools look at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import htpy
from annotated_types import Ge, Le
from markupsafe import Markup

from twofold import (
    App,
    ContractError,
    Cookie,
    Depends,
    Forbidden,
    Header,
    HmacSha256,
    Redirect,
    Request,
    Response,
    Secret,
    ServerSentEvent,
    Status,
    UploadFile,
    action,
    cached,
    cookies,
    redirect,
    same_origin,
    session,
    use,
    verify,
)
from twofold.call import current_call
from twofold.middleware import CallNext


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
    available: int


@dataclass
class Reservation:
    sku: str
    quantity: int
    price: Decimal


RESERVED: dict[str, int] = {}


@cached(tags="stock:{sku}", ttl=60)
async def level(sku: str) -> int:
    return 10 - RESERVED.get(sku, 0)


@action(errors=[OutOfStock], revalidates=["stock:{sku}"], export=True)
async def reserve_stock(sku: str, quantity: Annotated[int, Ge(1), Le(20)]) -> Reservation:
    """Hold stock."""
    available = 10 - RESERVED.get(sku, 0)
    if quantity > available:
        raise OutOfStock(f"Only {available} left", available=available)
    RESERVED[sku] = RESERVED.get(sku, 0) + quantity
    return Reservation(sku, quantity, Decimal("1.50") * quantity)


@action(export=True)
async def level_of(sku: str) -> int:
    return await level(sku)


@action
async def write_review(
    stars: Literal["1", "2", "3"],
    text: str,
    password: Annotated[str, Secret],
    tags: tuple[str, ...] = (),
    recommend: bool = False,
    photo: UploadFile | None = None,
) -> str:
    content = await photo.read() if photo else b"none"
    return f"{stars} stars, {text!r}, {'+'.join(tags)}, recommend={recommend}, photo={content!r}"


@action(export=True)
async def sign_in(name: str) -> Redirect:
    session["name"] = name
    cookies.set("seen", "yes")
    return redirect("/account")


@action(export=True)
async def now(key: str) -> str:
    return f"{key} {int(current_call.get().setup.clock())}"


@action(export=True, idempotent=True)
async def fail() -> None:
    raise RuntimeError("canary-in-an-action")


@action(export=True)
async def take_its_time(folder: str) -> str:
    """Say that it has begun, and wait until it may end."""
    (Path(folder) / "begun").touch()
    until = time.monotonic() + 20
    while not (Path(folder) / "end").exists() and time.monotonic() < until:  # noqa: ASYNC110  files have no events
        await asyncio.sleep(0.01)
    return "done"


STARTED: list[str] = []


@asynccontextmanager
async def life(app: App) -> AsyncIterator[None]:
    STARTED.append("started")
    yield
    STARTED.append("stopped")


async def admins_only(request: Request, call_next: CallNext) -> Response:
    if request.headers.get("x-admin") != "yes":
        raise Forbidden
    return await call_next(request)


app = App(lifespan=life)


@app.layout
def layout(children: Markup) -> htpy.Renderable:
    return htpy.html[htpy.head[htpy.title["Tiny shop"]], htpy.body[children]]


def reserve_form(sku: str, instance: str = "") -> htpy.Renderable:
    f = reserve_stock.form(instance, sku=sku)
    quantity = f.field("quantity", 1)
    return htpy.form(f.attrs)[
        f.hidden,
        htpy.input(quantity.attrs),
        [htpy.span(id=quantity.error_id)[message] for message in quantity.errors],
        f.error and htpy.p(role="alert")[f.error.message],
        f.result and htpy.p(role="status")[f"Reserved {f.result.quantity} for {f.result.price}"],
        htpy.button["Reserve"],
    ]


@app.page("/products/{sku}")
async def product(sku: str, sort: str = "name") -> htpy.Renderable:
    return htpy.main[
        htpy.p(id="level")[f"{await level(sku)} left of {sku} by {sort}"],
        htpy.section(id="first")[reserve_form(sku)],
        htpy.section(id="second")[reserve_form(sku, "second")],
        htpy.form(action="/search", method="get")[
            htpy.input(name="q", value="cups & saucers"), htpy.button(name="go", value="1")["Go"]
        ],
    ]


@app.page("/search")
def search(q: str, go: str = "") -> str:
    return f"searched {q} {go}"


@app.page("/review")
def review() -> htpy.Renderable:
    f = write_review.form()
    text = f.field("text")
    return htpy.form(f.attrs)[
        f.hidden,
        htpy.select(f.field("stars").attrs)[[htpy.option(value=one)[one] for one in f.field("stars").options]],
        htpy.textarea(text.attrs)["\nline one\nline two"],
        htpy.input(f.field("password").attrs),
        htpy.input(name="tags", value="a"),
        htpy.input(name="tags", value="b"),
        htpy.input(f.field("recommend").attrs),
        htpy.input(f.field("photo").attrs),
        htpy.input(name="ignored", value="x", disabled=True),
        f.result and htpy.p(id="result")[f.result],
        f.error and htpy.p(role="alert")[f.error.message],
        htpy.button["Send"],
    ]


@app.page("/sign-in")
def sign_in_page() -> htpy.Renderable:
    f = sign_in.form()
    return htpy.form(f.attrs)[f.hidden, htpy.input(f.field("name").attrs), htpy.button["Sign in"]]


@app.page("/account")
def account() -> str:
    return f"Hello {session.get('name', 'stranger')}, seen={cookies.get('seen')}"


@app.page("/broken")
def broken(token: str = "") -> str:
    f = fail.form()
    secret_of_this_frame = "not shown"
    if token != "ok":
        raise LookupError(f"no page for <{token}>")
    return f"{f.hidden} {secret_of_this_frame}"


@app.page("/broken-form")
def broken_form() -> htpy.Renderable:
    f = fail.form()
    return htpy.form(f.attrs)[f.hidden, htpy.button["Fail"]]


@app.page("/elsewhere")
def elsewhere() -> Redirect:
    return redirect("https://elsewhere.example/")


@app.page("/loop")
def loop() -> Redirect:
    return redirect("/loop")


def visitor(name: Annotated[str, Cookie()] = "nobody") -> str:
    return name


@app.get("/api/stock/{sku}")
async def stock(
    sku: str, who: Annotated[str, Depends(visitor)], agent: Annotated[str, Header("User-Agent")] = "", verbose: bool = True
) -> dict[str, int]:  # fmt: skip
    return {sku: await level(sku)}


@app.post("/api/reservations")
async def create(reservation: Reservation) -> Annotated[Reservation, Status(201)]:
    if reservation.sku == "broken":
        raise RuntimeError("canary-in-a-handler")
    return reservation


@app.put("/api/echo")
@same_origin
async def echo(body: bytes) -> Response:
    return Response(body)


@app.delete("/api/reservations/{number}")
@use(admins_only)
async def cancel(number: int) -> None:
    return None


@app.get("/api/headers")
async def headers(request: Request) -> dict[str, str]:
    return dict(request.headers)


@app.post("/api/headers")
async def posted_headers(request: Request) -> dict[str, str]:
    return dict(request.headers)


@app.post("/api/webhooks/payment")
@verify(HmacSha256(header="x-payment-signature", secret="a-secret-of-tests"))
async def payment(body: bytes) -> None:
    return None


@app.get("/api/ticks")
async def ticks() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data="first")
    await asyncio.Event().wait()
