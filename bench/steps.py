"""Measure the steps of one JSON request, each alone and without a server, and what else costs more than it looks.

python bench/steps.py
"""

from __future__ import annotations

import asyncio
import time
import timeit
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import uvloop
from overhead import ORDER, loaded
from pydantic import TypeAdapter

from twofold.boundary import Shape
from twofold.boundary.strict_json import screen
from twofold.call import Call
from twofold.idempotency.once import shielded
from twofold.responses import Prepared

RUNS, TIMES = 9, 20_000


def driven(coroutine: Coroutine[Any, Any, object]) -> object:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("it waits")


def told(name: str, step: Callable[[], object]) -> None:
    """Print the microseconds of a step, without those of calling it."""
    empty = min(timeit.repeat(lambda: None, number=TIMES, repeat=RUNS))
    taken = min(timeit.repeat(step, number=TIMES, repeat=RUNS))
    print(f"| {name} | {(taken - empty) / TIMES * 1e6:.1f} |")


async def waited(name: str, step: Callable[[], Awaitable[object]]) -> None:
    """Print the microseconds of what takes turns of the loop."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(TIMES // 10):
            await step()
        best = min(best, time.perf_counter() - began)
    print(f"| {name} | {best / (TIMES // 10) * 1e6:.1f} |")


def steps(app: Any, contender: Any) -> None:
    """Print the steps of a JSON handler."""
    setup, path = app.start(), "/api/reserve"
    headers = [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"), (b"content-length", b"31")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": ORDER, "more_body": False}

    def call() -> Call:
        return Call(scope, receive, setup, path.encode())

    read: Shape[Any] = Shape(contender.Order)
    result: Shape[Any] = Shape(contender.Reserved)
    reserved = contender.Reserved(success=True, reservationId="res-00000001")
    told("find the route by its whole path", lambda: app.routes.tree.match(b"/api/reserve"))
    told("find the route by the text before a parameter", lambda: app.routes.tree.match(b"/api/stock/SKU-0001"))
    told("make the call", call)
    told("make the call, and know its host", lambda: call().is_for_us)
    told("make the call, and read the body", lambda: driven(call().body()))
    told("read strict JSON", lambda: screen(ORDER))
    told("read strict JSON, and validate it", lambda: read.validate_json(ORDER))
    told("validate and write the result", lambda: result.to_json(reserved))
    told("make the response", lambda: Prepared(b"{}"))


async def surprises() -> None:
    """Print what costs more than it looks."""
    variable: ContextVar[int] = ContextVar("variable")

    @asynccontextmanager
    async def managed() -> AsyncIterator[None]:
        yield

    async def inside() -> None:
        async with managed():
            pass

    async def nothing() -> None:
        """Do nothing."""

    loop = asyncio.get_running_loop()
    adapter = TypeAdapter(dict[str, int])
    told("set a context variable, and reset it", lambda: variable.reset(variable.set(1)))
    told("a context manager made from an async generator", lambda: driven(inside()))
    told("set a timer, and cancel it", lambda: loop.call_later(60, print).cancel())
    told("serialize with pydantic-core", lambda: adapter.serializer.to_json({"a": 1}))
    told("the same, with `warnings=`", lambda: adapter.serializer.to_json({"a": 1}, warnings="error"))
    await waited("a task that outlives its caller", lambda: shielded(nothing()))


def main() -> None:
    """Print a table."""
    app = loaded("twofold", "app.py")
    import twofold_app  # noqa: PLC0415  made by `loaded`

    print("| step | us |\n|---|---|")
    steps(app, twofold_app)
    uvloop.run(surprises())


if __name__ == "__main__":
    main()
