"""How much of the path a dynamic folder takes: the annotation of the parameter of its name tells.

    sku: str                         one segment (int, UUID, any other type too)
    path: tuple[str, ...]            the rest, one segment or more
    path: tuple[str, ...] = ()       the rest or nothing

A function need not take the parameter.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import FunctionType, UnionType
from typing import Annotated, Final, Union, get_args, get_origin, get_type_hints

from twofold.discovery.entries import Function, signature_of, source_of
from twofold.errors import ConfigurationError
from twofold.routing.patterns import Kind

_COLLECTIONS: Final = (tuple, list, set, frozenset, dict)
_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def agreed_kind(name: str, functions: Iterable[Function]) -> Kind:
    """Ask all functions below a dynamic folder how much it takes; one segment when none takes the parameter.

    Raises:
        ConfigurationError: two functions disagree (both are named), or an annotation is missing or unusable.
    """
    first: tuple[Kind, Function] | None = None
    for function in functions:
        kind = kind_in(function, name)
        if kind is None:
            continue
        if first is None:
            first = kind, function
        elif first[0] is not kind:
            raise ConfigurationError(
                f"{source_of(function)}: `{name}` takes {kind.value}, but {first[0].value} at {source_of(first[1])};"
                " annotate both alike"
            )
    return Kind.DYNAMIC if first is None else first[0]


def kind_in(function: Function, name: str) -> Kind | None:
    """Give how much of the path a function's parameter takes; None where it does not take the parameter.

    Raises:
        ConfigurationError: the annotation is missing or unusable.
    """
    signature = signature_of(function)
    parameter = None if signature is None else signature.parameters.get(name)
    if parameter is None or parameter.kind in _VARIADIC:
        return None
    if parameter.annotation is inspect.Parameter.empty:
        raise ConfigurationError(
            f"{source_of(function)}: the parameter `{name}` has no annotation; write `{name}: str` for one segment of the"
            f" path, `{name}: tuple[str, ...]` for the rest"
        )
    annotation = _plain(_resolved(parameter.annotation, function, name))
    is_optional = parameter.default is not inspect.Parameter.empty
    fault = _fault(annotation, name, is_optional=is_optional)
    if fault is not None:
        raise ConfigurationError(f"{source_of(function)}: the parameter `{name}` {fault}")
    if get_origin(annotation) is not tuple:
        return Kind.DYNAMIC
    return Kind.OPTIONAL_REST if is_optional else Kind.REST


def _fault(annotation: object, name: str, *, is_optional: bool) -> str | None:
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (...,):
        return None
    if any(_is_collection(_plain(member)) for member in _members(annotation)):
        return (
            f"cannot take the rest of the path as {annotation}; write `{name}: tuple[str, ...]`, with `= ()` if it may be empty"
        )
    if is_optional:
        return f"has a default, but its segment is always there; remove the default, or write `{name}: tuple[str, ...] = ()`"
    return None


def _is_collection(annotation: object) -> bool:
    return (get_origin(annotation) or annotation) in _COLLECTIONS


def _members(annotation: object) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _plain(annotation: object) -> object:
    """Look through Annotated, NewType (`__supertype__`) and `type` aliases (`__value__`)."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    inner = getattr(annotation, "__supertype__", None) or getattr(annotation, "__value__", None)
    return annotation if inner is None else _plain(inner)


def _resolved(annotation: object, function: Function, name: str) -> object:
    # Only this annotation is evaluated: the others may name what exists for type checkers alone.
    names = getattr(inspect.unwrap(function), "__globals__", {})
    only = FunctionType((lambda: None).__code__, names)
    only.__annotations__ = {name: annotation}
    try:
        return get_type_hints(only, include_extras=True)[name]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise ConfigurationError(
            f"{source_of(function)}: the annotation {annotation!r} of `{name}` cannot be read ({error});"
            " import its type at the top of the module"
        ) from error
