"""A small app whose actions take their time, for tests of what happens meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from markupsafe import Markup

from support.action_app import SECRET, written
from twofold import App, ContractError, Settings, action, cached, cookies, redirect, revalidate_tag, session
from twofold.idempotency import Store
from twofold.locks import Store as Locks


class Stage:
    """What the actions of one test did, and gates at which they are held."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.changed = asyncio.Condition()
        self.gate = asyncio.Event()
        self.last = 3
        self.left = {"A": 10, "B": 10}

    async def tell(self, what: str) -> None:
        async with self.changed:
            self.log.append(what)
            self.changed.notify_all()

    async def told(self, what: str) -> None:
        """Wait until an action has told this."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: what in self.log)


class _Now:
    stage: Stage


def new_stage() -> Stage:
    """Forget what earlier tests did."""
    _Now.stage = Stage()
    return _Now.stage


class Torn(ContractError, code="TORN", status=409, message="It tore"):
    """A stream that fails half way."""


@action(lock="stock:{sku}", export=True)
async def take(sku: str, quantity: int = 1) -> int:
    """Read, wait, write: loses updates unless it has the stock for itself."""
    stage = _Now.stage
    left = stage.left[sku]
    await stage.tell(f"{sku} read")
    await stage.gate.wait()
    stage.left[sku] = left - quantity
    await stage.tell(f"{sku} wrote")
    return stage.left[sku]


@action(lock="stock:{sku}")
async def give_back(sku: str) -> int:
    """Call another action under the lock that this one holds."""
    return await take(sku, -1)


async def _work(name: str) -> None:
    stage = _Now.stage
    try:
        await stage.tell(f"{name} begins")
        await stage.gate.wait()
        await stage.tell(f"{name} ends")
    finally:
        stage.log.append(f"{name} cleans up")


@action(export=True, abortable=True, concurrency="latest")
async def search(text: str = "") -> None:
    """May be stopped."""
    await _work("search")


@action(export=True, abortable=True, idempotent=True)
async def look(text: str = "") -> None:
    """May be stopped, and has no call key."""
    await _work("look")


@action(export=True)
async def charge(text: str = "") -> None:
    """Runs to its end."""
    await _work("charge")


@action(export=True, idempotent=True)
async def count(text: str = "") -> None:
    """Runs to its end, and has no call key."""
    await _work("count")


@cached(tags="rows")
async def rows_left() -> int:
    """How much there is to export."""
    return _Now.stage.last


@action(export=True, errors=[Torn])
async def export(how: str = "") -> AsyncIterator[int]:
    """Give numbers, one by one."""
    stage = _Now.stage
    session["seen"] = "before the first item"
    try:
        for number in range(1, stage.last + 1):
            if number == 2:
                await _interlude(how)
            await stage.tell(f"made {number}")
            yield number
        revalidate_tag("rows")
    finally:
        stage.log.append("closed")


async def _interlude(how: str) -> None:
    match how:
        case "wait":
            await _Now.stage.gate.wait()
        case "tear":
            raise Torn
        case "break":
            raise RuntimeError("canary")
        case "cookie":
            cookies.set("late", "yes")
        case "session":
            session["late"] = "yes"
        case "redirect":
            raise redirect("/elsewhere")


@action(export=True, errors=[Torn])
async def refuse(how: str) -> AsyncIterator[int]:
    """End before the first item."""
    if how == "tear":
        raise Torn
    if how == "redirect":
        raise redirect("/elsewhere")
    for number in range(0):
        yield number


@action
async def long_winded(items: int, seconds: int) -> AsyncIterator[int]:
    """Give many items, slowly."""
    for number in range(items):
        await asyncio.sleep(seconds)
        yield number


def make_app(idempotency: Store | None = None, locks: Locks | None = None) -> App:
    """Make the app; it is started by its first request."""
    app = App(settings=Settings(mode="production", secrets=SECRET), idempotency=idempotency, locks=locks)

    @app.page("/stock/{sku}")
    async def stock(sku: str) -> Markup:
        return written(take.form(sku=sku), "quantity")

    @app.page("/export")
    async def exporting() -> Markup:
        return Markup("<h1>{} rows</h1>{}").format(await rows_left(), written(export.form(), "how"))

    @app.page("/long")
    async def long() -> Markup:
        return written(long_winded.form(), "items", "seconds")

    @app.page("/refuse")
    async def refusing() -> Markup:
        return written(refuse.form(), "how")

    @app.page("/elsewhere")
    async def elsewhere() -> str:
        return "elsewhere"

    return app


def frames_of(text: str) -> list[dict[str, Any]]:
    """Decode frames."""
    return [json.loads(line) for line in text.splitlines()]
