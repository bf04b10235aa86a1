"""Types as a reader writes them: `int, Ge(1), Le(100)`, `str | None`, `list[Line]`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin


def type_name(annotation: Any) -> str:
    """Give a type's name without modules; text, which is an annotation not yet resolved, as it is."""
    if isinstance(annotation, str):
        return annotation
    if annotation is None or annotation is types.NoneType:
        return "None"
    if annotation is ...:
        return "..."
    origin = get_origin(annotation)
    if origin is None:
        return getattr(annotation, "__qualname__", None) or str(annotation)
    return _composed(origin, get_args(annotation))


def _composed(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is Annotated:
        return ", ".join([type_name(arguments[0]), *map(_mark, arguments[1:])])
    if origin in (Union, types.UnionType):
        return " | ".join(map(type_name, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is Callable:
        return "Callable"
    return f"{type_name(origin)}[{', '.join(map(type_name, arguments))}]"


def _mark(mark: Any) -> str:
    """Give one piece of metadata: `Ge(ge=1)` says twice what `Ge(1)` says."""
    name = type(mark).__name__
    text = repr(mark)
    return text.replace(f"{name.lower()}=", "", 1) if text.startswith(f"{name}({name.lower()}=") else text
