"""Dependencies: functions that make values for others, once per request."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from twofold.call import Call
from twofold.calling import as_async


class Dependency:
    """A function whose result fills a parameter.

    Args:
        values: fills the function's own parameters.
    """

    def __init__(self, function: Callable[..., Any], values: Callable[[Call, AsyncExitStack], Any]) -> None:
        self.function = function
        self._values = values
        self._is_context = inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)
        self._open = _context(function) if self._is_context else as_async(function)

    async def value(self, call: Call, stack: AsyncExitStack) -> Any:
        """Give the value, made on first use in a request.

        Args:
            stack: takes the second half of a function that yields.
        """
        made = call.dependencies
        if self.function not in made:
            opened = self._open(**await self._values(call, stack))
            made[self.function] = await (stack.enter_async_context(opened) if self._is_context else opened)
        return made[self.function]


def _context(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):
        return asynccontextmanager(function)
    opened = contextmanager(function)

    @asynccontextmanager
    async def in_line(**values: Any) -> AsyncGenerator[Any, None]:
        with opened(**values) as value:
            yield value

    return in_line
