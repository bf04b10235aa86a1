"""What a handler gave, in a form that can be kept and given again: the same to the byte, by its declared type."""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Annotated, Any, Union, get_args, get_origin

from starlette.responses import Response

from twofold.boundary import Shape, Where, dumps, loads
from twofold.calling import hints_of
from twofold.errors import Redirect, ValidationFailed
from twofold.parameters import Reply, Status
from twofold.responses import Prepared

_STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)
_NOT_KEPT = frozenset({"set-cookie", "cache-control", "date"})


class Answers:
    """The answers of one handler, compiled from its return annotation.

    Raises:
        ConfigurationError: it streams, so that there is no answer to keep.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._where = Where.of(function).at("return")
        annotation = _without_status(hints_of(function).get("return"))
        if get_origin(annotation) in _STREAMS or inspect.isasyncgenfunction(function):
            raise self._where.refuse("@dedupe keeps the answer, and a stream is none", "Give a typed value or None")
        typed = [one for one in map(_unwrapped, _members(annotation)) if one is not None]
        self._shape: Shape[Any] | None = None
        if typed and typed != [types.NoneType]:
            self._shape = Shape(functools.reduce(operator.or_, typed), self._where)

    def dump(self, value: Any) -> bytes | None:
        """Give an answer as it is kept; None for one that asks the sender to come again, or to go elsewhere.

        Raises:
            ConfigurationError: it is a response that streams.
            TypeError: it does not fit the annotation.
        """
        if isinstance(value, Redirect):
            return None
        if isinstance(value, Response):
            return self._dumped_response(value) if _is_success(value.status_code) else None
        if not isinstance(value, Reply):
            return _kept("value", self._json(value))
        return _kept("reply", self._json(value.value), value.status, value.headers.items()) if _is_success(value.status) else None

    def load(self, kept: bytes) -> Any:
        """Give a kept answer as the handler gave it."""
        head, _, body = kept.partition(b"\n")
        told = loads(head)
        if told["as"] == "response":
            return _response(body, told["status"], told["headers"])
        try:
            value = None if self._shape is None else self._shape.validate_json(body)
        except ValidationFailed:
            # A build with another return type kept it. The event has happened, and the sender is told so.
            return Prepared(body, told["status"])
        return Reply(value, told["status"], dict(told["headers"])) if told["as"] == "reply" else value

    def _json(self, value: Any) -> bytes:
        return b"" if self._shape is None else self._shape.to_json(value)

    def _dumped_response(self, response: Response) -> bytes:
        body = getattr(response, "body", None)
        if body is None:
            raise self._where.refuse("@dedupe keeps the answer, and this response streams", "Give a typed value or None")
        headers = ((name.decode("latin-1"), text.decode("latin-1")) for name, text in response.raw_headers)
        return _kept("response", bytes(body), response.status_code, headers)


def _is_success(status: int) -> bool:
    return 200 <= status <= 299


def _kept(kind: str, body: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    told = [(name, text) for name, text in headers if name.lower() not in _NOT_KEPT]
    return dumps({"as": kind, "status": status, "headers": told}) + b"\n" + body


def _response(body: bytes, status: int, headers: list[list[str]]) -> Response:
    response = Response(body, status)
    response.raw_headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
    return response


def _without_status(annotation: Any) -> Any:
    if get_origin(annotation) is not Annotated:
        return annotation
    inner, *metadata = get_args(annotation)
    kept = tuple(one for one in metadata if not isinstance(one, Status))
    return Annotated[(inner, *kept)] if kept else inner


def _members(annotation: Any) -> list[Any]:
    """Give the members of a union, or the annotation alone."""
    if get_origin(annotation) in (Union, types.UnionType):
        return list(get_args(annotation))
    return [types.NoneType if annotation is None else annotation]


def _unwrapped(member: Any) -> Any:
    """Give the typed part of one member: `Reply[T]` carries T, responses and redirects carry none."""
    if get_origin(member) is Reply:
        return get_args(member)[0]
    return None if isinstance(member, type) and issubclass(member, Response | Redirect) else member
