"""Calling user functions, sync or async, and reading how they want to be called."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import types
import typing
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from twofold.boundary import Where

_threads = ThreadPoolExecutor(max_workers=40, thread_name_prefix="twofold")
"""For sync user functions: as many as the usual frameworks keep, so that blocking code is bounded, not serial."""


async def in_thread(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Run a sync function in a thread with the caller's context variables."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: context.run(_run, function, args, kwargs))


def _run(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return function(*args, **kwargs)
    except StopIteration as error:
        # A future takes any exception but this one, and would wait for ever. PEP 479 does the same for generators.
        raise RuntimeError("a sync function raised StopIteration") from error


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling the function gives an awaitable."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def as_async(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give an async function; a sync one runs in a thread."""
    return function if is_async(function) else partial(in_thread, function)


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give an async function; a sync one runs where it is called, so it must not block."""
    if is_async(function):
        return function

    async def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call


def hints_of(function: Callable[..., Any], *, skip: Collection[str] = ()) -> dict[str, Any]:
    """Resolve the annotations of a function, with their `Annotated` metadata.

    Args:
        skip: those that nobody asks for, whose names may not even be imported at run time.

    Raises:
        ConfigurationError: for a name that does not resolve.
    """
    plain = inspect.unwrap(function)
    holder = types.new_class("Hints")
    holder.__annotations__ = {name: hint for name, hint in inspect.get_annotations(plain).items() if name not in skip}
    try:
        return typing.get_type_hints(holder, getattr(plain, "__globals__", {}), include_extras=True)
    except NameError as error:
        where = Where.of(function)
        raise where.refuse(f"an annotation cannot be resolved: {error}", "Import the name at module level") from error


def place_of(function: Callable[..., Any]) -> str:
    """Give `file:line` of a function."""
    where = Where.of(function)
    return f"{where.file}:{where.line}"
