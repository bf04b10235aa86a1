"""Schemas as HTML that people read: names, types, limits and what is inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from twofold.boundary.schemas import JsonSchema, Schemas
from twofold.boundary.types import SAFE_INTEGER
from twofold.openapi.schemas import PREFIX

_CODE = re.compile(r"`([^`]+)`")
_FORMATS: Mapping[str, str] = {
    "date-time": "date and time", "date-time-local": "date and time", "date": "date", "time": "time", "duration": "duration",
    "uuid": "UUID", "email": "email address", "uri": "URL", "decimal": "decimal number", "base64url": "base64", "binary": "file",
    "bigint": "whole number", "password": "secret text",
}  # fmt: skip
_TYPES: Mapping[str, str] = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null",
    "object": "object",
}  # fmt: skip
_LIMITS: Mapping[str, str] = {
    "minimum": "at least {}", "exclusiveMinimum": "more than {}", "maximum": "at most {}", "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}", "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items", "x-max-bytes": "at most {} bytes",
    "x-decimal-places": "at most {} decimal places",
}  # fmt: skip
_OWN_PATTERNS = frozenset({"decimal", "base64url", "bigint"})


def joined(parts: Iterable[Markup]) -> Markup:
    """Put pieces of HTML together."""
    return Markup("").join(parts)


def prose(text: str | None) -> Markup:
    """Give paragraphs, with code where there are backticks."""
    paragraphs = (text or "").split("\n\n")
    return joined(Markup("<p>{}</p>").format(inline(one)) for one in paragraphs if one.strip())


def inline(text: str) -> Markup:
    """Give a line, with code where there are backticks."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped before


def type_of(schema: JsonSchema, reading: Schemas) -> Markup:
    """Name a type in words; a model's name leads to it."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        return Markup('<a href="#model-{}">{}</a>').format(name, model_name(name, reading))
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        # A decimal number is a number or a text with one; both are one thing to a reader.
        shown = [one for one in choices if one.get("type") != "number"] if _has_decimal(choices) else choices
        return Markup(" or ").join(dict.fromkeys(type_of(one, reading) for one in shown))
    if "const" in schema or "enum" in schema:
        options = schema.get("enum", [schema.get("const")])
        return Markup(" | ").join(Markup("<code>{}</code>").format(_json(one)) for one in options)
    if schema.get("type") == "array":
        return _list(schema, reading)
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("{} by name").format(type_of(schema["additionalProperties"], reading))
    kind = str(schema.get("type", "anything"))
    return escape(_FORMATS.get(schema.get("format", ""), _TYPES.get(kind, kind)))


def model_name(name: str, reading: Schemas) -> str:
    """Give a model's name as its author wrote it."""
    title: str = reading.resolved({"$ref": PREFIX + name}).get("title", name)
    return title


def _list(schema: JsonSchema, reading: Schemas) -> Markup:
    if "prefixItems" in schema:
        return Markup("list of {}").format(Markup(", ").join(type_of(one, reading) for one in schema["prefixItems"]))
    items = schema.get("items")
    return Markup("list of {}").format(type_of(items, reading) if isinstance(items, Mapping) else "anything")


def _has_decimal(choices: Iterable[JsonSchema]) -> bool:
    return any(one.get("format") == "decimal" for one in choices)


def limits_of(schema: JsonSchema, *, has_default: bool = True) -> Markup:
    """Say what values may be, beside their type."""
    default = schema.get("default") if has_default else None
    left_out = [] if default is None else [Markup("<code>{}</code> when left out").format(_json(default))]
    parts = [*dict.fromkeys(_limits(schema)), *left_out]
    return Markup("<p class=limits>{}</p>").format(Markup(", ").join(parts)) if parts else Markup("")


def _limits(schema: JsonSchema) -> Iterator[Markup]:
    for name, text in _LIMITS.items():
        is_said = name.endswith("Items") and "prefixItems" in schema
        if name in schema and not is_said and abs(schema[name]) != SAFE_INTEGER and (name, schema[name]) != ("minLength", 1):
            yield escape(text.format(_json(schema[name])))
    if schema.get("minLength") == 1:
        yield Markup("not empty")
    if "pattern" in schema and schema.get("format") not in _OWN_PATTERNS:
        yield Markup("matches <code>{}</code>").format(schema["pattern"])
    if schema.get("x-accept"):
        yield Markup("one of {}").format(Markup(", ").join(Markup("<code>{}</code>").format(one) for one in schema["x-accept"]))
    for one in (*schema.get("anyOf", ()), *([schema["items"]] if isinstance(schema.get("items"), Mapping) else ())):
        yield from _limits(one)


def fields_of(schema: JsonSchema, reading: Schemas, seen: frozenset[str] = frozenset(), *, is_answer: bool = False) -> Markup:
    """List what is inside of a schema; a model inside of itself is named only.

    Args:
        is_answer: of what is given, nearly everything is there; of what is taken, much may be left out.
    """
    found = list(_objects(schema, reading, seen))
    lists = [(one.get("title", "object"), _fields(one, reading, names, is_answer=is_answer)) for one, names in found]
    if len(lists) == 1:
        return lists[0][1]
    return joined(Markup("<p class=variant>{}</p>{}").format(title, rows) for title, rows in lists)


def _fields(schema: JsonSchema, reading: Schemas, seen: frozenset[str], *, is_answer: bool) -> Markup:
    required = schema.get("required", ())
    rows = joined(
        field(name, one, reading, seen, is_required=name in required, is_answer=is_answer)
        for name, one in schema["properties"].items()
    )
    return Markup("<ul class=fields>{}</ul>").format(rows)


def _objects(schema: JsonSchema, reading: Schemas, seen: frozenset[str]) -> Iterator[tuple[JsonSchema, frozenset[str]]]:
    reference = schema.get("$ref")
    if reference is not None:
        if reference not in seen:
            yield from _objects(reading.resolved({"$ref": reference}), reading, seen | {reference})
        return
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for one in schema.get(name, ()):
            yield from _objects(one, reading, seen)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            yield from _objects(schema[name], reading, seen)
    if schema.get("properties"):
        yield schema, seen


def field(
    name: str,
    schema: JsonSchema,
    reading: Schemas,
    seen: frozenset[str] = frozenset(),
    *,
    is_required: bool,
    is_answer: bool = False,
) -> Markup:
    """Show one named value, and what is inside of it on demand."""
    inside = fields_of(schema, reading, seen, is_answer=is_answer)
    more = Markup("<details><summary>What is in <code>{}</code></summary>{}</details>").format(name, inside) if inside else ""
    return Markup("<li><p class=head><code>{}</code> <span class=type>{}</span> {}</p>{}{}{}</li>").format(
        name,
        type_of(schema, reading),
        _need(is_required=is_required, is_answer=is_answer),
        limits_of(schema, has_default=not is_answer),
        prose(schema.get("description")),
        more,
    )


def _need(*, is_required: bool, is_answer: bool) -> Markup:
    if is_answer:
        return Markup("") if is_required else Markup("<span class=type>may be missing</span>")
    return Markup("<span class=need>required</span>") if is_required else Markup("")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, float) else f"{value:g}"
