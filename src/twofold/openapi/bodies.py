"""Request bodies: one model as JSON or a form, the fields and files of a form, or raw bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Any

from twofold.binding import Bound
from twofold.boundary import Shape
from twofold.boundary.files import FileParameter
from twofold.boundary.schemas import JsonSchema
from twofold.media import JSON, MULTIPART, URLENCODED
from twofold.openapi.inputs import has_absent_value
from twofold.openapi.schemas import Json, TypeSchemas, without_null


def body_of(inputs: Sequence[Bound], types: TypeSchemas) -> Json | None:
    """Give the request body of an operation; None where its handler takes none."""
    by_source = {source: [one for one in inputs if one.source == source] for source in ("form", "body", "raw")}
    if by_source["form"]:
        return _of_fields(by_source["form"], types)
    if by_source["body"]:
        return _of_model(by_source["body"][0], types)
    # Whatever the type says: the handler reads the bytes itself.
    return {"content": {"*/*": {"schema": {}}}} if by_source["raw"] else None


def _of_model(one: Bound, types: TypeSchemas) -> Json:
    schema = types.of(one.annotation, "input")
    is_required = one.default is Parameter.empty
    content: Json = {JSON: {"schema": schema}}
    form = _as_form(schema, types)
    if form is not None:
        content |= {URLENCODED: {"schema": form}, MULTIPART: {"schema": form}}
    return {**({"required": True} if is_required else {}), "content": content}


def _of_fields(fields: Sequence[Bound], types: TypeSchemas) -> Json:
    properties: Json = {}
    required: list[str] = []
    encoding: Json = {}
    for one in fields:
        is_required = one.default is Parameter.empty
        file = FileParameter.of(one.annotation, is_required=is_required)
        whole = dict(file.json_schema) if file is not None else types.of(one.annotation, "input")
        properties[one.name] = _field(whole, one) if file is None else whole
        if file is not None and file.limits is not None and (kinds := [kind for kind in file.limits.accept if "/" in kind]):
            encoding[one.name] = {"contentType": ", ".join(kinds)}
        has_value = has_absent_value(types, whole) or (file is not None and file.is_nullable)
        if is_required and not has_value:
            required.append(one.name)
    media: Json = {"schema": _object(properties, required), **({"encoding": encoding} if encoding else {})}
    return {**({"required": True} if required else {}), "content": {MULTIPART: media}}


def _field(schema: JsonSchema, one: Bound) -> Json:
    field = without_null(schema)
    if one.default is Parameter.empty or one.default is None:
        return field
    return {**field, "default": Shape(one.annotation).to_tree(one.default)}


def _as_form(schema: JsonSchema, types: TypeSchemas) -> Json | None:
    """Give a model as the fields of a form; None for one that has parts of its own, whose names no schema can say."""
    model = types.resolved(schema)
    properties: Mapping[str, JsonSchema] = model.get("properties", {})
    if model.get("type") != "object" or not properties or not all(_is_flat(one, types) for one in properties.values()):
        return None
    required = [name for name in model.get("required", ()) if not has_absent_value(types, dict(properties[name]))]
    return _object({name: without_null(one) for name, one in properties.items()}, required)


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> Json:
    return {"type": "object", "properties": dict(properties), **({"required": list(required)} if required else {})}


def _is_flat(schema: JsonSchema, types: TypeSchemas) -> bool:
    choices = [one for one in types.reading.alternatives(schema) if one.get("type") != "null"]
    return bool(choices) and all(_is_text(one) or _is_list_of_texts(one, types) for one in choices)


def _is_text(choice: JsonSchema) -> bool:
    return choice.get("type") in ("string", "integer", "number", "boolean") or "const" in choice or "enum" in choice


def _is_list_of_texts(choice: JsonSchema, types: TypeSchemas) -> bool:
    items = choice.get("items")
    is_list = choice.get("type") == "array" and "prefixItems" not in choice and isinstance(items, dict)
    return is_list and all(_is_text(one) for one in types.reading.alternatives(items or {}))
