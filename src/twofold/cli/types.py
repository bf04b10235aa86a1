"""Types as a reader writes them: `int, Ge(1), Le(100)`, `str | None`, `list[Line]`."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo


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
        return ", ".join([type_name(arguments[0]), *(text for mark in arguments[1:] for text in _marks(mark))])
    if origin in (Union, types.UnionType):
        return " | ".join(map(type_name, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is Callable:
        return "Callable"
    return f"{type_name(origin)}[{', '.join(map(type_name, arguments))}]"


def _marks(mark: Any) -> Iterator[str]:
    """Give one piece of metadata: `Ge(ge=1)` says twice what `Ge(1)` says, and Pydantic's `Field` holds several."""
    if isinstance(mark, FieldInfo):
        yield from (text for inner in mark.metadata for text in _marks(inner))
    elif type(mark).__name__.startswith("_"):
        # Pydantic's own class for what annotated_types has no word for, such as a pattern.
        yield from (f"{name}={value!r}" for name, value in vars(mark).items()) if vars(mark) else iter([repr(mark)])
    elif is_dataclass(mark) and len(fields(mark)) == 1:
        yield f"{type(mark).__name__}({getattr(mark, fields(mark)[0].name)!r})"
    else:
        yield repr(mark)
