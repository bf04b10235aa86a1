"""What a Python module exports to TypeScript: its actions and route handlers, and the types that they need."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from twofold.actions import Action, StreamAction
from twofold.actions.registry import registry
from twofold.app import App
from twofold.boundary import Shape
from twofold.boundary.files import FileParameter
from twofold.errors import ConfigurationError
from twofold.handlers import Handler
from twofold.openapi.document import described_handlers
from twofold.openapi.operations import Described
from twofold.openapi.schemas import Direction
from twofold.openapi.words import operation_id

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Exports:
    """The exports of one Python module, each in the order of the source.

    Attributes:
        handlers: with the name of each, which is the function's where it answers at one place only.
    """

    module: str
    actions: list[Action[..., Any]] = field(default_factory=list)
    handlers: list[tuple[str, Described]] = field(default_factory=list)

    def types(self) -> Iterator[tuple[Any, Direction]]:
        """Give the types that callers write and get."""
        for action in self.actions:
            for parameter in action.arguments.parameters.values():
                if FileParameter.of(parameter.annotation, is_required=True) is None:
                    yield parameter.annotation, "input"
            shape = result_of(action)
            if shape is not None:
                yield shape.annotation, "output"
            for kind in dict.fromkeys(action.errors.values()):
                for annotation in data_of(kind).values():
                    yield annotation, "output"
        for _, described in self.handlers:
            yield from described.types()


def result_of(action: Action[..., Any]) -> Shape[Any] | None:
    """Give the type of what an action gives: of a stream, of each item."""
    return action.items if isinstance(action, StreamAction) else action.result


def data_of(kind: type[Any]) -> Mapping[str, Any]:
    """Give the types of an error's data by name, the same objects every time; what has no JSON form is left out."""
    if kind not in _data:
        _data[kind] = dict(_typed(kind))
    return _data[kind]


_data: dict[type[Any], Mapping[str, Any]] = {}


def _typed(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(kind, include_extras=True) if kind.data_names else {}
    for name in kind.data_names:
        with suppress(ConfigurationError):
            yield name, Shape(hints[name]).annotation


def exports_of(app: App) -> list[Exports]:
    """Give the modules of an app that export something, in the order of their names."""
    found: dict[str, Exports] = {}
    for action in registry:
        if action.is_exported:
            found.setdefault(action.__module__, Exports(action.__module__)).actions.append(action)
    for name, described in _named(_callable(app)):
        module = inspect.unwrap(described.handler.function).__module__
        found.setdefault(module, Exports(module)).handlers.append((name, described))
    return [found[module] for module in sorted(found)]


def _callable(app: App) -> Iterator[Described]:
    """Give the handlers that a browser may call; a webhook is for who can sign it."""
    for one in described_handlers(app):
        if one.handler.method in METHODS and one.handler.declared.verifier is None:
            yield one


def _named(handlers: Iterable[Described]) -> list[tuple[str, Described]]:
    found = list(handlers)
    places = Counter(_function_of(one.handler) for one in found)
    named = []
    for one in found:
        known = _function_of(one.handler)
        is_plain = places[known] == 1 and known[1].replace(".", "_").isidentifier()
        named.append((known[1] if is_plain else operation_id(one.handler.method, one.place.template), one))
    return named


def _function_of(handler: Handler) -> tuple[str, str]:
    function = inspect.unwrap(handler.function)
    return function.__module__, function.__qualname__.replace(".<locals>", "")
