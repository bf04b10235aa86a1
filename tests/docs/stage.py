"""What the examples in docstrings take for granted: an app's names, and a page that is being rendered."""

# ruff: noqa: F401, F403, F405, F704, PLE1142 - the examples use what is imported here, and it is run where `await` may stand

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le
from htpy import button, form, input, li, main, p, ul  # noqa: A004
from pydantic import BaseModel

from twofold import *
from twofold.cache import MemoryStore as CacheStore
from twofold.call import Call, current_call
from twofold.idempotency import MemoryStore as CallKeys
from twofold.limits import MemoryStore as Limits
from twofold.locks import MemoryStore as Locks
from twofold.locks import hold
from twofold.settings import Setup
from twofold.testing import *
from twofold.webhooks import *


class Level(BaseModel):
    sku: str
    available: int


class Reservation(BaseModel):
    id: str


class PaymentEvent(BaseModel):
    id: str


class Received(BaseModel):
    received: bool = True


@action(export=True)
async def reserve_stock(sku: str, quantity: Annotated[int, Ge(1), Le(100)]) -> Reservation:
    return Reservation(id=f"{sku}-{quantity}")


def env(name: str) -> str:
    return f"{name}: a secret of more than sixteen bytes"


app = App()


@app.page("/products/{sku}")
async def product(sku: str) -> Any:
    f = reserve_stock.form(sku=sku)
    return main[form(f.attrs)[f.hidden, input(f.field("quantity").attrs), button["Reserve"]]]


Path("app").mkdir(exist_ok=True)
Path("app/__init__.py").touch()


async def receive() -> Any:
    return {"type": "http.disconnect"}


SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}


async def nowhere(_call: Any, _url: str) -> None:
    """Lead nowhere."""


SETUP = Setup(
    Settings(mode="test"),
    cache_store=CacheStore(),
    idempotency_store=CallKeys(),
    lock_store=Locks(),
    limit_store=Limits(),
    url_for=app.url_for,
    visit=nowhere,
)
current_call.set(Call(SCOPE, receive, SETUP))

opened = AsyncExitStack()
client = await opened.enter_async_context(Client(app))
page = await client.page("/products/A-1")
