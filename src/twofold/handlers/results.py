"""How a route handler's result becomes a response: decided once, from its return annotation."""

from __future__ import annotations

import functools
import inspect
import operator
import re
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
CONTENTLESS = frozenset({204, 205, 304})
"""Statuses of responses that end with their headers. Source: RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5."""

_STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


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
        self._usual: type | None = None
        self._usual_status = self.status or 200
        _refuse_other_generators(function, where, is_stream=self.stream is not None)
        if self.stream is None:
            typed = [one for one in (_unwrapped(one) for one in members(annotation)) if one is not None]
            if typed and typed != [types.NoneType]:
                self.shape = Shape(union_of(typed), where.at("return"))
                if self.status not in CONTENTLESS and isinstance(typed[0], type):
                    self._usual = typed[0]
                self._write = self.shape.to_json
        if self.status in CONTENTLESS and (self.stream or self.shape):
            what = f"a response with status {self.status} has no content"
            raise where.at("return").refuse(what, "Write `-> None`, or another status")

    def finish(self, value: Any) -> Response:
        """Make the response of a returned value.

        Raises:
            Exception: the value does not fit the annotation, which is the server's fault.
        """
        if value.__class__ is self._usual:  # what nearly all give
            return Prepared(self._write(value), self._usual_status)
        if self.stream is not None:
            response = self.stream(value)
            response.status_code = self.status or 200
            return response
        if isinstance(value, Response):
            return value
        if isinstance(value, Redirect):
            return redirection(value)
        if isinstance(value, Reply):
            return _replied(self._typed(value.value, value.status), value)
        return self._typed(value, self.status)

    def _typed(self, value: Any, status: int | None) -> Response:
        if self.shape is None:
            if value is not None:
                raise ConfigurationError(f"the handler returned {type(value).__name__}, but its annotation names no type for it")
            return Empty(status or 204)
        if status in CONTENTLESS:
            raise ConfigurationError(f"a response with status {status} has no content, and the handler returned some")
        return Prepared(self.shape.to_json(value), status or 200)


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


def _refuse_other_generators(function: Callable[..., Any], where: Where, *, is_stream: bool) -> None:
    if inspect.isgeneratorfunction(function):
        raise where.refuse("it yields, and is not async", "Write `async def`, and `-> AsyncIterator[...]`")
    if inspect.isasyncgenfunction(function) and not is_stream:
        raise where.at("return").refuse("it yields, so its result is a stream", "Write `-> AsyncIterator[...]`")


def _replied(response: Response, reply: Reply[Any]) -> Response:
    """Put the headers of a reply on its response; they win over our own."""
    if not 200 <= reply.status <= 599:
        raise ConfigurationError(f"Reply(status={reply.status!r}): use 200 to 599")
    own = [_raw(name, text) for name, text in reply.headers.items()]
    replaced = {name for name, _ in own}
    response.raw_headers = [one for one in response.raw_headers if one[0] not in replaced] + own
    return response


def _raw(name: str, text: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
        raise ConfigurationError(f"Reply(headers=): {name!r} is not the name of a header that a handler sets")
    if not text.isascii() or not text.isprintable():
        raise ConfigurationError(f"Reply(headers=): the value of {name!r} is not printable ASCII")
    return name.lower().encode("ascii"), text.encode("ascii")
