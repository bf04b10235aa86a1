"""What a route handler takes beside the body: its own parameters and those of its dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter
from typing import Any

from twofold.binding import Bound
from twofold.binding.sources import bounds_of
from twofold.boundary import Shape, Where
from twofold.boundary.schemas import first_of, is_nullable, item_schema
from twofold.handlers import Handler
from twofold.openapi.paths import Place
from twofold.openapi.schemas import Json, TypeSchemas, described, without_null
from twofold.openapi.security import IGNORED_HEADERS, shown_header

TEXTS = ("query", "header", "cookie")
_REST = "The rest of the path: one segment or more."


def inputs_of(handler: Handler, path_names: Sequence[str]) -> list[Bound]:
    """Give every input of a handler once, those of its dependencies after its own."""
    found: dict[tuple[str, str], Bound] = {}
    for one in _with_dependencies(handler.binder.parameters, path_names, set()):
        known = found.setdefault((one.source, one.wire_name), one)
        # What one of them needs, the request has to have.
        if known.default is not Parameter.empty and one.default is Parameter.empty:
            found[one.source, one.wire_name] = one
    return list(found.values())


def _with_dependencies(bounds: Sequence[Bound], path_names: Sequence[str], seen: set[Callable[..., Any]]) -> Iterator[Bound]:
    yield from (one for one in bounds if one.depends is None)
    for one in bounds:
        if one.depends is not None and one.depends not in seen:
            seen.add(one.depends)
            inner = bounds_of(one.depends, Where.of(one.depends), path_names, ())
            yield from _with_dependencies(inner, path_names, seen)


def parameters_of(inputs: Sequence[Bound], place: Place, types: TypeSchemas) -> list[Json]:
    """Give the parameters of an operation: the path's in its order, then the others as the handler has them."""
    by_name = {one.name: one for one in inputs if one.source == "path"}
    paths = [_in_path(name, by_name.get(parameter), place, types) for name, parameter in place.names.items()]
    texts = [_in_text(one, types) for one in inputs if one.source in TEXTS and not _is_ignored(one)]
    return [*paths, *texts]


def _is_ignored(one: Bound) -> bool:
    return one.source == "header" and one.wire_name in IGNORED_HEADERS


def _in_path(name: str, one: Bound | None, place: Place, types: TypeSchemas) -> Json:
    schema: Json = {"type": "string"} if one is None else without_null(types.of(one.annotation, "input"))
    text, schema = described(schema)
    array = first_of(types.reading.alternatives(schema), "array") if place.has_rest else None
    if array is not None:
        schema, text = dict(item_schema(array, 0)), text or _REST
    if types.resolved(schema).get("type") == "string":
        schema = {"minLength": 1, **schema} if "$ref" not in schema else schema
    return _parameter(name, "path", text, schema, is_required=True)


def _in_text(one: Bound, types: TypeSchemas) -> Json:
    whole = types.of(one.annotation, "input")
    text, schema = described(without_null(whole))
    choices = types.reading.alternatives(whole)
    is_required = one.default is Parameter.empty and not has_absent_value(types, whole)
    if one.source != "query" and (array := first_of(choices, "array")) is not None:
        # The several values of a header stand in several headers; what a template calls an array is one text with commas.
        schema, text = dict(array.get("items") or {}), text or "May be sent several times."
    elif one.default is not Parameter.empty and one.default is not None:
        schema = {**schema, "default": Shape(one.annotation).to_tree(one.default)}
    name = shown_header(one.wire_name) if one.source == "header" else one.wire_name
    return _parameter(name, one.source, text, schema, is_required=is_required)


def has_absent_value(types: TypeSchemas, schema: Json) -> bool:
    """Whether a text-like input that is not sent has a value all the same: an unticked box is false, no items are a list."""
    choices = types.reading.alternatives(schema)
    if is_nullable(choices):
        return False
    is_open_truth = any(one.get("type") == "boolean" and "enum" not in one and "const" not in one for one in choices)
    array = first_of(choices, "array")
    return is_open_truth or (array is not None and "prefixItems" not in array and not array.get("minItems"))


def _parameter(name: str, place: str, text: str | None, schema: Json, *, is_required: bool) -> Json:
    head: Json = {"name": name, "in": place, **({"description": text} if text else {})}
    return {**head, **({"required": True} if is_required else {}), "schema": schema}
