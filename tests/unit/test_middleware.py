from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from twofold.call import Call, Request
from twofold.errors import ConfigurationError
from twofold.middleware import CallNext, chain, check_middleware


async def fitting(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


class Fitting:
    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        return await call_next(request)


def not_async(request: Request, call_next: CallNext) -> Response:
    return Response()


async def without_next(request: Request) -> Response:
    return Response()


async def with_more(request: Request, call_next: CallNext, more: int) -> Response:
    return Response()


@pytest.mark.parametrize("middleware", [fitting, Fitting()])
def test_middleware_is_an_async_callable_of_two(middleware: Any) -> None:
    check_middleware(middleware, "here")


@pytest.mark.parametrize("other", [not_async, without_next, with_more, Fitting, None, "fitting", lambda request, call_next: None])
def test_what_is_no_middleware_is_refused_where_it_was_given(other: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^@use on app\.GET: .*\(request, call_next\)"):
        check_middleware(other, "@use on app.GET")


Named = Callable[[Request, CallNext], Awaitable[Response]]


def named(name: str, trace: list[str]) -> Named:
    async def middleware(request: Request, call_next: CallNext) -> Response:
        trace.append(f"{name} in")
        response = await call_next(request)
        trace.append(f"{name} out")
        return response

    return middleware


def call() -> Call:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    return Call(scope, receive, None)  # type: ignore[arg-type]


async def end(call: Call) -> Response:
    return PlainTextResponse("end")


async def test_first_middleware_is_the_outermost() -> None:
    trace: list[str] = []
    step = chain([named("a", trace), named("b", trace)], end)
    response = await step(call())
    assert response.body == b"end"
    assert trace == ["a in", "b in", "b out", "a out"]


async def test_chain_of_none_is_the_step_itself() -> None:
    assert chain([], end) is end


async def test_middleware_that_answers_itself_ends_the_chain() -> None:
    trace: list[str] = []

    async def answering(request: Request, call_next: CallNext) -> Response:
        return PlainTextResponse("no", 403)

    response = await chain([answering, named("b", trace)], end)(call())
    assert (response.status_code, trace) == (403, [])


async def test_every_middleware_gets_the_same_request() -> None:
    seen: list[Request] = []

    async def looking(request: Request, call_next: CallNext) -> Response:
        seen.append(request)
        return await call_next(request)

    await chain([looking, looking], end)(call())
    assert seen[0] is seen[1]


@pytest.mark.parametrize("returned", [None, "text", {"a": 1}, 404, Response], ids=repr)
async def test_middleware_without_a_response_is_named(returned: Any) -> None:
    async def forgetful(request: Request, call_next: CallNext) -> Any:
        await call_next(request)
        return returned

    with pytest.raises(ConfigurationError, match=r"forgetful returned .*return a response"):
        await chain([forgetful], end)(call())


async def test_chain_serves_many_calls_at_once() -> None:
    trace: list[str] = []
    step = chain([named("a", trace)], end)
    await asyncio.gather(*(step(call()) for _ in range(10)))
    assert len(trace) == 20
