"""Where each parameter of a function comes from: decided once, when the function is registered."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from starlette.datastructures import UploadFile
from starlette.requests import Request as StarletteRequest
from starlette.websockets import WebSocket

from twofold.boundary import Shape, Where
from twofold.calling import hints_of
from twofold.parameters import Cookie, Depends, Header

Marker: TypeAlias = Header | Cookie | Depends
_MARKERS = (Header, Cookie, Depends)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""Source: RFC 9110 section 5.6.2."""

Source = Literal["path", "query", "header", "cookie", "depends", "request", "socket", "raw", "body", "form"]


_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bound:
    """One parameter and where its value comes from.

    Args:
        wire_name: its name in the request.
        annotation: its type without our markers.
        depends: the function that makes its value, where one does.
    """

    name: str
    source: Source
    wire_name: str
    annotation: Any
    default: Any
    depends: Callable[..., Any] | None = None


def bounds_of(function: Callable[..., Any], where: Where, path_names: Collection[str], skip: Collection[str]) -> list[Bound]:
    """Decide for every parameter of a function.

    Args:
        path_names: the route's parameters.
        skip: parameters that the caller fills itself.

    Raises:
        ConfigurationError: a parameter that no request can fill, with the remedy.
    """
    hints = hints_of(function, skip={*skip, "return"})
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip:
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise where.at(name).refuse("it cannot be filled by name", "Name every parameter")
        if name not in hints:
            raise where.at(name).refuse("it has no annotation", f"Write its type, such as `{name}: str`")
        found.append(_bound(name, hints[name], parameter.default, where, path_names))
    has_upload = any(one.source == "form" for one in found)
    return [_in_form(one) for one in found] if has_upload else found


def _bound(name: str, hint: Any, default: Any, where: Where, path_names: Collection[str]) -> Bound:
    here = where.at(name)
    annotation, marker = _split(hint, here)
    if isinstance(default, _MARKERS):
        raise here.refuse("the marker stands as its default", f"Write `{name}: Annotated[..., {type(default).__name__}(...)]`")
    if name in path_names:
        if marker is not None:
            raise here.refuse("the route's path gives its value", "Remove the marker, or rename the parameter")
        return Bound(name, "path", name, annotation, default)
    if marker is not None:
        return _marked(name, annotation, default, marker, here)
    source = _source_of(annotation)
    if source is None:
        source = "query" if _is_textual(Shape(annotation, here).json_schema()) else "body"
    return Bound(name, source, name, annotation, default)


def _marked(name: str, annotation: Any, default: Any, marker: Marker, here: Where) -> Bound:
    if isinstance(marker, Depends):
        if not callable(marker.function):
            raise here.refuse(f"Depends({marker.function!r}) is no function", f"Write `Depends(make_{name})`")
        return Bound(name, "depends", name, annotation, default, marker.function)
    source: Source = "cookie" if isinstance(marker, Cookie) else "header"
    wire_name = marker.name or (name if source == "cookie" else name.replace("_", "-"))
    if not _is_textual(Shape(annotation, here).json_schema()):
        raise here.refuse(f"no {source} can carry it", "Use a text-like type")
    if not _TOKEN.fullmatch(wire_name):
        raise here.refuse(f"no {source} can have the name {wire_name!r}", f'Write `{type(marker).__name__}("X-Name")`')
    return Bound(name, source, wire_name if source == "cookie" else wire_name.lower(), annotation, default)


def _source_of(annotation: Any) -> Source | None:
    """Give the source of a parameter whose type alone says it."""
    if isinstance(annotation, type) and issubclass(annotation, StarletteRequest):
        return "request"
    if isinstance(annotation, type) and issubclass(annotation, WebSocket):
        return "socket"
    if annotation is bytes:
        return "raw"
    return "form" if _contains_upload(annotation) else None


def _split(hint: Any, here: Where) -> tuple[Any, Marker | None]:
    if get_origin(hint) is not Annotated:
        return hint, None
    inner, *metadata = get_args(hint)
    for one in metadata:
        if isinstance(one, type) and issubclass(one, _MARKERS):
            raise here.refuse(f"`{one.__name__}` is the marker's class", f"Write `{one.__name__}(...)`")
    markers = [one for one in metadata if isinstance(one, _MARKERS)]
    if len(markers) > 1:
        raise here.refuse("it has several markers", "Keep one: a value comes from one place")
    kept = tuple(one for one in metadata if not isinstance(one, _MARKERS))
    return (Annotated[(inner, *kept)] if kept else inner), (markers[0] if markers else None)


def _contains_upload(annotation: Any) -> bool:
    return annotation is UploadFile or any(_contains_upload(one) for one in get_args(annotation))


def _in_form(one: Bound) -> Bound:
    # Beside a file, the other plain parameters come from the same multipart body.
    return replace(one, source="form") if one.source in ("query", "body") else one


def _is_textual(schema: Mapping[str, Any], definitions: Mapping[str, Any] = _NONE) -> bool:
    """Whether one text, or several under one name, can carry the value: then it is a query parameter, not the body."""
    definitions = definitions or schema.get("$defs", _NONE)
    if "$ref" in schema:
        return _is_textual(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return all(_is_textual(one, definitions) for one in schema[union])
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return bool(items) and items.get("type") != "array" and _is_textual(items, definitions)
    return schema.get("type") != "object"
