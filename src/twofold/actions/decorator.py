"""The decorator that makes functions actions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, ParamSpec, TypeVar, overload

from twofold.actions.action import Action
from twofold.actions.declarations import Concurrency, DeclaredErrors, is_stream
from twofold.actions.stream import StreamAction
from twofold.middleware import Middleware

P = ParamSpec("P")
R = TypeVar("R")


@overload
def action(function: Callable[P, AsyncIterator[R]], /) -> StreamAction[P, R]: ...


@overload
def action(function: Callable[P, Awaitable[R]], /) -> Action[P, R]: ...


@overload
def action(function: Callable[P, R], /) -> Action[P, R]: ...


@overload
def action(
    *,
    errors: DeclaredErrors = (),
    revalidates: Iterable[str] = (),
    aliases: Iterable[str] = (),
    idempotent: bool = False,
    max_body: int | None = None,
    middleware: Iterable[Middleware] = (),
    export: bool = False,
    concurrency: Concurrency = "serial",
    abortable: bool = False,
    lock: str | None = None,
) -> _Decorator: ...


def action(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a server action.

    A function that yields (`-> AsyncIterator[T]`) is a stream: see `StreamAction`.

    Args:
        errors: contract errors that it raises (`[OutOfStock]`), or domain exceptions and what stands for them
            (`{LookupError: "NOT_FOUND"}`, with the exception's text as the message). Anything else is masked.
        revalidates: tags that a success makes stale, such as `"stock:{sku}"`.
        aliases: former ids, so that pages from before a rename still work.
        idempotent: running twice does no harm, so no call key is kept.
        max_body: the largest request body, in bytes; the app's limit when left out.
        middleware: guards of this action, wherever it is called from.
        export: whether the typed client may call it without a form.
        concurrency: what a second submission of one form does while the first is on its way: it waits ("serial"), goes too
            ("parallel"), stops the first ("latest", for abortable actions), or is not sent ("drop").
        abortable: whether the action may be stopped half way, at an `await`, when the browser leaves or stops it. Every
            other action runs to its end.
        lock: one run at a time for each value, such as `"stock:{sku}"`, whoever calls; the others wait in their order.

    Raises:
        ConfigurationError: a parameter or the result has no type that can cross the boundary, with the remedy.
    """
    if function is not None:
        return _made(function, options)
    return lambda function: _made(function, options)


def _made(function: Callable[..., Any], options: dict[str, Any]) -> Action[..., Any]:
    kind: type[Action[..., Any]] = StreamAction if is_stream(function) else Action
    return kind(function, **options)


class _Decorator:
    """What `@action(...)` gives; for type checkers only."""

    @overload
    def __call__(self, function: Callable[P, AsyncIterator[R]], /) -> StreamAction[P, R]: ...

    @overload
    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Action[P, R]: ...

    @overload
    def __call__(self, function: Callable[P, R], /) -> Action[P, R]: ...

    def __call__(self, function: Callable[..., Any], /) -> Any:
        """Make the function an action."""
        raise NotImplementedError
