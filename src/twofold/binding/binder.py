"""Filling the parameters of one function from a request."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from starlette.websockets import WebSocket

from twofold.binding.bodies import arguments_of, body_reader
from twofold.binding.dependencies import Dependency
from twofold.binding.sources import Bound, Source, bounds_of
from twofold.boundary import Arguments, FormInput, Where, parse_urlencoded
from twofold.call import Call
from twofold.errors import NotFound, ValidationFailed


class Binder:
    """Fill the parameters of one function from a request.

    Args:
        path_names: the route's parameters.
        takes_body: whether the method may have a body.
        has_socket: whether this is a WebSocket's handshake.
        skip: parameters that the caller fills itself.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        path_names: Collection[str],
        *,
        takes_body: bool = False,
        has_socket: bool = False,
        skip: Collection[str] = (),
    ) -> None:
        where = Where.of(function)
        self.parameters = bounds_of(function, where, path_names, skip)
        _refuse_sockets(self.of("socket"), where, has_socket=has_socket)
        self._path_parameters = self.of("path")
        self._path = arguments_of(self._path_parameters, where) if self._path_parameters else None
        self._path_names = tuple(one.name for one in self._path_parameters)
        self._takes_whole_path = set(self._path_names) == set(path_names)
        self._is_plain_path = all(one.annotation is str for one in self._path_parameters)
        self._texts = [*self.of("query"), *self.of("header"), *self.of("cookie")]
        self._text_arguments = arguments_of(self._texts, where) if self._texts else None
        self._text_defaults = _defaults(self._texts, self._text_arguments)
        self._reads_query = bool(self.of("query"))
        self._plain = [one for one in self.parameters if one.source in ("request", "socket", "raw")]
        self._body = body_reader(self.parameters, where, takes_body=takes_body)
        self._dependencies = [
            (one.name, _dependency(one.depends, path_names, has_socket=has_socket))
            for one in self.parameters
            if one.depends is not None
        ]
        sources = {one.source for one in self.parameters}
        is_body_only = self._body is not None and sources <= {"body", "form"}
        self.read: Callable[[Call], Awaitable[dict[str, Any]]] = self._body if is_body_only and self._body else self.values
        self.is_path_only = sources == {"path"}

    def of(self, source: Source) -> list[Bound]:
        """Give the parameters that come from one place."""
        return [one for one in self.parameters if one.source == source]

    @property
    def has_closed(self) -> bool:
        """Whether a dependency is closed when the function is done."""
        return any(dependency.is_closed for _, dependency in self._dependencies)

    @property
    def has_dependencies(self) -> bool:
        """Whether a value is made by another function, which may have to be closed."""
        return bool(self._dependencies)

    async def values(self, call: Call, stack: AsyncExitStack | None = None, socket: WebSocket | None = None) -> dict[str, Any]:
        """Give a value for each parameter.

        Args:
            stack: takes what must be closed when the function is done; needed where there are dependencies.

        Raises:
            NotFound: the path has the route's shape, but a parameter does not fit its type.
            ValidationFailed: anything else does not fit; all failures together.
        """
        values = {**self._path_values(call, self._path)} if self._path is not None else {}
        # Before the input: who may not call learns nothing of what the input must be.
        if stack is not None:
            for name, dependency in self._dependencies:
                values[name] = await dependency.value(call, stack)
        if self._text_arguments is not None:
            await self._read_input(call, values, self._text_arguments)
        elif self._body is not None:
            values.update(await self._body(call))
        for one in self._plain:
            values[one.name] = await _plain_value(one, call, socket)
        return values

    async def _read_input(self, call: Call, values: dict[str, Any], texts: Arguments) -> None:
        """Read texts and body into `values`, or report what is wrong with both."""
        failures: list[ValidationFailed] = []
        try:
            values.update(self._text_values(call, texts))
        except ValidationFailed as error:
            failures.append(error)
        try:
            if self._body is not None:
                values.update(await self._body(call))
        except ValidationFailed as error:
            failures.append(error)
        if failures:
            raise _joined(failures)

    def path_values(self, call: Call) -> Mapping[str, Any]:
        """Give the values of a function that takes nothing but parts of the path.

        Raises:
            NotFound: one does not fit its type.
        """
        return {} if self._path is None else self._path_values(call, self._path)

    def _path_values(self, call: Call, arguments: Arguments) -> Mapping[str, Any]:
        raw = call.parameters
        if not self._takes_whole_path:
            raw = {name: raw[name] for name in self._path_names if name in raw}
        if self._is_plain_path:
            for value in raw.values():
                if value.__class__ is not str:
                    break
            else:
                return raw
        pairs = [(name, text) for name, value in raw.items() for text in ([value] if isinstance(value, str) else value)]
        try:
            return arguments.validate_form(FormInput(pairs))
        except ValidationFailed:
            raise NotFound from None

    def _text_values(self, call: Call, arguments: Arguments) -> dict[str, Any]:
        query = parse_urlencoded(call.query.encode("latin-1")).pairs if self._reads_query and call.query else []
        pairs = [(one.name, text) for one in self._texts for text in _texts_of(one, call, query)]
        sent = {name for name, _ in pairs}
        # A parameter that is not in the query has its default: it is no unticked box.
        absent = {name: value for name, value in self._text_defaults.items() if name not in sent}
        return arguments.validate_form(FormInput(pairs), absent)


def _defaults(parameters: list[Bound], arguments: Arguments | None) -> dict[str, Any]:
    given = {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}
    return arguments.partial_tree(given) if arguments is not None else {}


def _texts_of(one: Bound, call: Call, query: list[tuple[str, str]]) -> list[str]:
    if one.source == "query":
        return [text for name, text in query if name == one.wire_name]
    if one.source == "header":
        return call.header_values(one.wire_name.encode("latin-1"))
    value = call.cookies.get(one.wire_name)
    return [] if value is None else [value]


def _joined(failures: Sequence[ValidationFailed]) -> ValidationFailed:
    if len(failures) == 1:
        return failures[0]
    fields: dict[str, list[str]] = {}
    for failure in failures:
        for path, messages in (failure.fields or {}).items():
            fields.setdefault(path, []).extend(messages)
    return ValidationFailed(fields=fields)


def _dependency(function: Callable[..., Any], path_names: Collection[str], *, has_socket: bool) -> Dependency:
    binder = Binder(function, path_names, has_socket=has_socket)
    return Dependency(function, binder.values, is_closed=binder.has_closed)


def _refuse_sockets(sockets: Sequence[Bound], where: Where, *, has_socket: bool) -> None:
    if sockets and not has_socket:
        raise where.at(sockets[0].name).refuse("only a WEBSOCKET handler has a socket", "Take the `Request`")


async def _plain_value(one: Bound, call: Call, socket: WebSocket | None) -> Any:
    if one.source == "raw":
        return await call.body()
    return call.request if one.source == "request" else socket
