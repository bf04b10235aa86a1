"""Dependencies: functions that make values for others, once per request.

One that yields is open as long as the page, layout or handler that asked first; whoever asks later opens it again.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from types import TracebackType
from typing import Any

from twofold.call import Call
from twofold.calling import as_async


class Dependency:
    """A function whose result fills a parameter.

    Args:
        values: fills the function's own parameters.
        is_closed: whether one of those is closed in the end, and this value with it.
    """

    def __init__(
        self, function: Callable[..., Any], values: Callable[[Call, AsyncExitStack], Any], *, is_closed: bool = False
    ) -> None:
        self.function = function
        self._values = values
        self._is_context = inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)
        self.is_closed = is_closed or self._is_context
        self._open = _context(function) if self._is_context else as_async(function)

    async def value(self, call: Call, stack: AsyncExitStack) -> Any:
        """Give the value, made on first use in a request.

        Args:
            stack: takes the second half of a function that yields.
        """
        made = call.dependencies
        if self.function not in made:
            opened = self._open(**await self._values(call, stack))
            if self.is_closed:
                stack.callback(made.pop, self.function, None)
            made[self.function] = await (_entered(opened, stack) if self._is_context else opened)
        return made[self.function]


async def _entered(opened: AbstractAsyncContextManager[Any], stack: AsyncExitStack) -> Any:
    value = await opened.__aenter__()
    stack.push_async_exit(partial(_resume, opened))
    return value


async def _resume(
    opened: AbstractAsyncContextManager[Any],
    kind: type[BaseException] | None,
    failure: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    """Run the second half; a failure that it swallows goes on, because without a result there is no other answer."""
    await opened.__aexit__(kind, failure, traceback)


def _context(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):
        return asynccontextmanager(function)
    opened = contextmanager(function)

    @asynccontextmanager
    async def in_line(**values: Any) -> AsyncGenerator[Any, None]:
        with opened(**values) as value:
            yield value

    return in_line
