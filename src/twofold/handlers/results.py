"""How a route handler's result becomes a response: decided once, from its return annotation."""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import Annotated, Any, Union, get_args, get_origin

from starlette.responses import Response

from twofold.boundary import Shape, Where
from twofold.calling import hints_of
from twofold.errors import ConfigurationError, Redirect
from twofold.handlers.streams import KEEP_ALIVE_SECONDS, ServerSentEvent, StreamReply
from twofold.parameters import Reply, Status
from twofold.responses import Empty, Prepared, redirection

Finish = Callable[[Any], Response]
_STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)


class Result:
    """The compiled return annotation of a handler.

    Args:
        shape: of the typed result; None when there is none.
        stream: makes the response of a stream; None when the result is not one.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        where = Where.of(function)
        hints = hints_of(function)
        if "return" not in hints:
            raise where.at("return").refuse("it has none", "Write what it returns: a type, `-> None` for 204, or `-> Response`")
        annotation, self.status = _status(hints["return"])
        self.stream = _stream(annotation, where)
        self.shape: Shape[Any] | None = None
        if self.stream is None:
            typed = [one for one in (_unwrapped(one) for one in members(annotation)) if one is not None]
            if typed and typed != [types.NoneType]:
                self.shape = Shape(union_of(typed), where.at("return"))

    def finish(self, value: Any) -> Response:
        """Make the response of a returned value.

        Raises:
            Exception: the value does not fit the annotation, which is the server's fault.
        """
        if self.stream is not None:
            return self.stream(value)
        if isinstance(value, Response):
            return value
        if isinstance(value, Redirect):
            return redirection(value)
        if isinstance(value, Reply):
            return self._typed(value.value, value.status, [_raw(name, text) for name, text in value.headers.items()])
        return self._typed(value, self.status, [])

    def _typed(self, value: Any, status: int | None, extra: list[tuple[bytes, bytes]]) -> Response:
        if self.shape is not None:
            return Prepared(self.shape.to_json(value), status or 200, extra=extra)
        if value is not None:
            raise ConfigurationError(f"the handler returned {type(value).__name__}, but its annotation says None")
        return Empty(status or 204, extra)


def members(annotation: Any) -> list[Any]:
    """Give the members of a union, or the annotation alone."""
    if get_origin(annotation) in (Union, types.UnionType):
        return list(get_args(annotation))
    return [types.NoneType if annotation is None else annotation]


def union_of(types_: list[Any]) -> Any:
    """Give the union of some types; the type itself where there is one."""
    return functools.reduce(operator.or_, types_)


def _status(annotation: Any) -> tuple[Any, int | None]:
    if get_origin(annotation) is not Annotated:
        return annotation, None
    inner, *metadata = get_args(annotation)
    codes = [one.code for one in metadata if isinstance(one, Status)]
    kept = tuple(one for one in metadata if not isinstance(one, Status))
    return (Annotated[(inner, *kept)] if kept else inner), (codes[0] if codes else None)


def _unwrapped(member: Any) -> Any:
    """Give the typed part of one member: `Reply[T]` carries T; responses and redirects carry none."""
    if get_origin(member) is Reply:
        return get_args(member)[0]
    if isinstance(member, type) and issubclass(member, (Response, Redirect)):
        return None
    return member


def _stream(annotation: Any, where: Where) -> Finish | None:
    if get_origin(annotation) not in _STREAMS:
        return None
    item = get_args(annotation)[0]
    if item is bytes:
        return lambda items: StreamReply(items, bytes, b"application/octet-stream")
    if item is str:
        return lambda items: StreamReply(items, str.encode, b"text/plain; charset=utf-8")
    if item is ServerSentEvent:
        return _events
    shape: Shape[Any] = Shape(item, where.at("return"))
    return lambda items: StreamReply(items, lambda one: shape.to_json(one) + b"\n", b"application/x-ndjson")


def _events(items: AsyncIterator[ServerSentEvent]) -> Response:
    # no-transform and X-Accel-Buffering keep compressing and buffering proxies from holding events back.
    extra = [(b"cache-control", b"no-store, no-transform"), (b"x-accel-buffering", b"no")]
    return StreamReply(
        items, ServerSentEvent.encode, b"text/event-stream; charset=utf-8", extra=extra, keep_alive_seconds=KEEP_ALIVE_SECONDS
    )


def _raw(name: str, text: str) -> tuple[bytes, bytes]:
    if any(ord(one) < 0x20 or ord(one) == 0x7F for one in name + text):
        raise ConfigurationError(f"header {name!r}: control characters would split the response")
    return name.lower().encode("latin-1"), text.encode("latin-1")
