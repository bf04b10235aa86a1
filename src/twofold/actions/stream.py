"""An action that yields: its result comes item by item."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, Generic, ParamSpec, TypeVar

from twofold.actions import declarations as declared
from twofold.actions.action import Action
from twofold.actions.handover import Handover, stopped
from twofold.actions.streaming import take_reader
from twofold.boundary import Shape, Where
from twofold.call import current_call
from twofold.errors import ConfigurationError, Redirect, Unavailable
from twofold.handlers.results import members, union_of
from twofold.request_context import Served

P = ParamSpec("P")
R = TypeVar("R")

MAX_SECONDS = 30.0
MAX_ITEMS = 1_000


class StreamAction(Action[P, R | None], Generic[P, R]):
    """An action whose function yields; iterate over its call with `async for`.

    Who reads the items as they come gets each when the one before it has been read. Where nobody does (a form with JavaScript
    off), the last item is the result, within 30 seconds and 1,000 items. The stream is closed when its reader leaves, so
    every step of it must be complete in itself.

    Attributes:
        items: the compiled type of the items.
    """

    items: Shape[Any]

    def __init__(self, function: Callable[P, AsyncIterator[R]], **options: Any) -> None:
        if options.get("lock") is not None:
            raise Where.of(function).refuse(
                "lock= on a stream would be held for as long as its slowest reader reads",
                "Write `async with twofold.locks.hold(...)` around each step that needs it",
            )
        super().__init__(function, **{**options, "abortable": True})  # type: ignore[arg-type]
        self._generate: Callable[..., Any] = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:  # type: ignore[override]
        """Call the action from Python, validated as a request is; iterate over what it gives.

        Raises:
            ValidationFailed: at once, when an argument does not fit its type.
        """
        values = self.arguments.validate_python(self.arguments.bind(args, kwargs))
        return self._iterate(values)

    async def _iterate(self, values: Mapping[str, Any]) -> AsyncGenerator[R, None]:
        handover: Handover[R] = Handover()
        maker = asyncio.create_task(self._make(values, handover.give))
        handover.ended_by(maker)
        try:
            async with aclosing(handover.items()) as items:  # type: ignore[type-var]
                async for item in items:
                    yield item
        finally:
            await stopped(maker)
        maker.result()

    async def run(self, values: Mapping[str, Any]) -> R | None:
        """Run the action to its end and give the last item; each item goes to the reader, where there is one."""
        reader = take_reader()
        if reader is None:
            return await self._drained(values)
        handover = reader.handover

        async def give(item: R) -> None:
            await handover.give(self.items.to_json(item))

        return await self._make(values, give)

    async def run_for(self, request: Served, values: Mapping[str, Any]) -> R | None:  # noqa: ARG002  as any action
        """Run the action in a block of its own: what it revalidates is to be seen before its reader has read it all."""
        return await self.run(values)

    async def _make(self, values: Mapping[str, Any], give: Callable[[R], Awaitable[None]]) -> R | None:
        last: R | None = None
        has_begun = False
        try:
            async with aclosing(self._made(values)) as items:
                async for last in items:
                    has_begun = True
                    await give(last)
        except Redirect as error:
            if has_begun:
                raise ConfigurationError(f"{self.id} redirects after its first item, which the reader has") from error
            raise
        return last

    async def _made(self, values: Mapping[str, Any]) -> AsyncGenerator[R, None]:
        async with self._effect(values), aclosing(self._generate(**values)) as items:
            async for item in items:
                yield item

    async def _drained(self, values: Mapping[str, Any]) -> R | None:
        limit = asyncio.timeout(MAX_SECONDS)
        try:
            async with limit:
                with _answering() as answered:
                    return await self._make(values, _Counted(answered).give)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Unavailable("This takes too long", details="stream-too-slow") from None

    def _compile_result(self, function: Callable[..., Any], where: Where) -> Shape[Any] | None:
        item = declared.item_of(function, where)
        self.items = Shape(item, where.at("return"))
        return Shape(union_of([*members(item), types.NoneType]), where.at("return"))


class _Counted:
    """Counts the items that nobody reads."""

    def __init__(self, answered: Callable[[], None]) -> None:
        self._answered = answered
        self._count = 0

    async def give(self, _: object) -> None:
        self._answered()
        self._count += 1
        if self._count > MAX_ITEMS:
            raise Unavailable(f"This takes more than {MAX_ITEMS:,} steps", details="stream-too-long")


@contextmanager
def _answering() -> Iterator[Callable[[], None]]:
    """Refuse cookies and changes of the session after the first item, as where items are read: there the headers have left."""
    call = current_call.get(None)
    before = call is not None and call.is_answered

    def answered() -> None:
        if call is not None:
            call.is_answered = True

    try:
        yield answered
    finally:
        if call is not None:
            call.is_answered = before
