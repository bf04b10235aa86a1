"""Middleware: one shape for pages, actions and route handlers.

    async def middleware(request, call_next):
        response = await call_next(request)
        return response

It sees every answer as a response, errors included, and it is bound to the route's node: no other URL, method or
representation of the same thing goes around it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from starlette.responses import Response

from twofold.call import Call, Request
from twofold.calling import is_async
from twofold.errors import ConfigurationError

CallNext: TypeAlias = Callable[[Request], Awaitable[Response]]
Middleware: TypeAlias = Callable[[Request, CallNext], Awaitable[Response]]
Step: TypeAlias = Callable[[Call], Awaitable[Response]]


def check_middleware(function: object, owner: str) -> None:
    """Refuse what cannot be a middleware.

    Raises:
        ConfigurationError: naming `owner`, the place where it was given.
    """
    if not callable(function) or not is_async(function):
        raise ConfigurationError(f"{owner}: a middleware is `async def middleware(request, call_next)`, not {function!r}")
    if len(inspect.signature(function).parameters) != 2:
        raise ConfigurationError(f"{owner}: a middleware takes exactly (request, call_next)")


def chain(middlewares: Sequence[Middleware], inner: Step) -> Step:
    """Put middlewares around a step, outermost first."""
    for middleware in reversed(middlewares):
        inner = _around(middleware, inner)
    return inner


def _around(middleware: Middleware, inner: Step) -> Step:
    async def step(call: Call) -> Response:
        async def call_next(request: Request) -> Response:
            if request is not call.request:
                raise ConfigurationError(f"{_name(middleware)}: pass the request that came in to call_next")
            return await inner(call)

        response = await middleware(call.request, call_next)
        if not isinstance(response, Response):
            raise ConfigurationError(f"{_name(middleware)} returned {response!r}; return a response, such as call_next's")
        return response

    return step


def _name(middleware: Middleware) -> str:
    return f"{middleware.__module__}.{getattr(middleware, '__qualname__', type(middleware).__name__)}"
