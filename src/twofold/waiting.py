"""Begin an awaitable at once, and wait only where there is something to wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import CoroutineType
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Waiting(Generic[T]):
    """A coroutine that has begun and waits; await it for the rest."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, T], first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, T]:
        """Go on as `await` does, from the first thing that the coroutine waited for. Source: PEP 380."""
        waited = self._first
        while True:
            step: Callable[[Any], Any] = self._coroutine.send
            try:
                value = yield waited
            except BaseException as error:  # noqa: BLE001 - whatever is thrown in is the coroutine's
                step, value = self._coroutine.throw, error
            try:
                waited = step(value)
            except StopIteration as stop:
                return cast(T, stop.value)


def begun(awaitable: Awaitable[T]) -> T | Waiting[T]:
    """Begin an awaitable: give its result where it has one without waiting, otherwise what is to be awaited.

    A deadline costs five microseconds: what comes at once needs none.
    """
    is_coroutine = type(awaitable) is CoroutineType or isinstance(awaitable, Coroutine)  # the first is asked in no time
    coroutine = cast("Coroutine[Any, Any, T]", awaitable) if is_coroutine else _whole(awaitable)
    try:
        first = coroutine.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    return Waiting(coroutine, first)


async def _whole(awaitable: Awaitable[T]) -> T:
    return await awaitable
