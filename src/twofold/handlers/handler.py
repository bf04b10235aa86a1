"""A route handler: one function that answers one method at one route."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack
from functools import cached_property, partial
from typing import Any

from starlette.responses import Response

from twofold.answering import answer, fail_as_json
from twofold.binding import Binder
from twofold.cache import collected, revalidation
from twofold.call import Call
from twofold.calling import as_async, place_of
from twofold.errors import ConfigurationError
from twofold.handlers.declarations import declarations_of
from twofold.handlers.results import Result
from twofold.limiting import Limit, admit_within, limits_of
from twofold.middleware import Step, chain
from twofold.responses import Empty

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods whose body has no meaning (RFC 9110 section 9.3.1), so nothing is read from it."""


class Handler:
    """A compiled route handler.

    Args:
        method: the method it answers.
        path_names: the parameters of its route.
    """

    def __init__(self, function: Callable[..., Any], method: str, path_names: Collection[str]) -> None:
        self.function = function
        self.method = method
        self.place = place_of(function)
        self.declared = declarations_of(function)
        self.binder = Binder(function, path_names, takes_body=method not in BODILESS)
        self.result = Result(function)
        self._check_idempotent()
        self._yields = inspect.isasyncgenfunction(function)
        self._function = function if self._yields else as_async(function)
        self._called: Step = self._streamed if self.result.stream is not None else self._with_dependencies
        if self.result.stream is None and not self.binder.has_dependencies:
            self._called = _plain(self.binder, self._function, self.result)
        self._step: Step = chain(self.declared.middleware, self._run)
        self.step: Step = self._guarded

    def compile(self) -> None:
        """Leave out what this handler does not need; called once, at start."""
        if not self.declared.middleware and self.declared.idempotent is None:
            self._step = self._called
        if self.declared.is_unguarded and not self.limits:
            self.step = self._step

    async def __call__(self, call: Call) -> Response:
        """Answer; failures are answers too."""
        return await answer(self.step, call, fail_as_json)

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits on its callers, whether `@limit` stands below the route or above it."""
        return limits_of(self.function)

    def _check_idempotent(self) -> None:
        if self.declared.idempotent is None:
            return
        if self.method not in ("POST", "PUT", "PATCH", "DELETE"):
            raise ConfigurationError(f"{self.place}: {self.method} changes nothing, so it needs no @idempotent")
        if self.result.stream is not None:
            raise ConfigurationError(f"{self.place}: @idempotent cannot keep a stream for a retry; give a value")

    async def _guarded(self, call: Call) -> Response:
        if self.declared.cors is not None and self.declared.cors.has_credentials:
            call.more_origins = self.declared.cors.origins
        if self.declared.is_same_origin:
            call.check_origin("handler")
        if self.declared.verifier is not None:
            self.declared.verifier.verify(call.raw_headers, await call.body(), call.setup.clock())
        if self.limits:
            await admit_within(self.limits, f"{self.method} {call.pattern}", call)
        return await self._step(call)

    async def _run(self, call: Call) -> Response:
        kept = self.declared.idempotent
        called = self._called if kept is None else partial(kept.answer, run=self._called, place=self.place)
        return await answer(called, call, fail_as_json)

    async def _with_dependencies(self, call: Call) -> Response:
        async with revalidation(), AsyncExitStack() as stack:
            values = await self.binder.values(call, stack)
            return self.result.finish(await self._function(**values))

    async def _streamed(self, call: Call) -> Response:
        async with revalidation(), AsyncExitStack() as stack:
            values = await self.binder.values(call, stack)
            items = self._function(**values) if self._yields else await self._function(**values)
            if not isinstance(items, AsyncIterable):
                raise ConfigurationError(f"{self.place}: returned {type(items).__name__}, but its annotation says a stream")
            kept = stack.pop_all()
        # A HEAD, or a middleware that answers something else, never starts the stream that would close them.
        call.put_off((kept.aclose, (), {}))
        response = self.result.finish(_owning(items, kept))
        return _without_content(response) if call.method == "HEAD" else response


def _plain(binder: Binder, function: Callable[..., Any], result: Result) -> Step:
    """Give the step of a handler that needs nothing closed: what most of them are, so it asks for nothing twice."""
    read, of_path, finish, is_path_only = binder.read, binder.path_values, result.finish, binder.is_path_only

    async def step(call: Call) -> Response:
        values = of_path(call) if is_path_only else await read(call)
        return finish(await collected(call, function(**values)))

    return step


def _without_content(response: Response) -> Response:
    empty = Empty(response.status_code)
    empty.raw_headers = response.raw_headers
    return empty


async def _owning(items: AsyncIterable[Any], stack: AsyncExitStack) -> AsyncIterator[Any]:
    """Keep a stream's dependencies open until it ends, end it where it is left, and then make its revalidations true."""
    async with revalidation(), stack:
        iterator = aiter(items)
        try:
            async for item in iterator:
                yield item
        finally:
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()
