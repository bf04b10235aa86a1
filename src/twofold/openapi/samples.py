"""A value that fits a schema, to show what one looks like. The same schema always gives the same value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from twofold.boundary.schemas import JsonSchema, Schemas

_DEEPEST = 5
_FAR = 1e9
_TEXTS: Mapping[str, str] = {
    "date-time": "2030-01-31T09:30:00Z", "date-time-local": "2030-01-31T09:30:00", "date": "2030-01-31", "time": "09:30:00Z",
    "duration": "PT15M", "uuid": "3f2c9f0e-8f4b-4d55-9a3e-2b1c6f0d7a11", "email": "ada@shop.example",
    "uri": "https://shop.example/", "decimal": "9.99", "base64url": "aGVsbG8=", "bigint": "12345678901234567890",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
}  # fmt: skip
_CANDIDATES = (
    "A-1", "EUR", "abc", "a-1", "a1", "A1", "en", "de-DE", "123", "12345", "1.0", "evt_1", "#ff8800", "+491701234567", "12345678",
    "2030-01-31", "09:30", "12345678-90ab-cdef", "https://shop.example/", "ada@shop.example",
)  # fmt: skip
"""Texts that many a pattern takes."""


def sample_of(schema: JsonSchema, reading: Schemas, depth: int = 0) -> Any:
    """Give a value of a schema; "…" stands for text that only the app's author could make up."""
    resolved = reading.resolved(schema)
    for name in ("example", "default", "const"):
        if name in resolved and resolved[name] is not None:
            return resolved[name]
    for name in ("examples", "enum"):
        if resolved.get(name):
            return resolved[name][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if resolved.get(name):
            return sample_of(_first(resolved[name]), reading, depth + 1) if depth < _DEEPEST else None
    return _of_type(resolved, reading, depth)


def _first(choices: list[JsonSchema]) -> JsonSchema:
    """Give the first alternative that is something; a decimal number is shown as the text that keeps its digits."""
    known = [one for one in choices if one.get("type") != "null"]
    return next((one for one in known if one.get("format") == "decimal"), (known or choices)[0])


def _of_type(schema: JsonSchema, reading: Schemas, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, reading, depth)
        case "array":
            return _array(schema, reading, depth)
        case "string":
            return _text(schema)
        case "integer":
            return int(_number(schema, step=1))
        case "number":
            return _number(schema, step=schema.get("multipleOf", 0.5))
        case "boolean":
            return True
    return None


def _object(schema: JsonSchema, reading: Schemas, depth: int) -> dict[str, Any]:
    properties: Mapping[str, JsonSchema] = schema.get("properties", {})
    required = schema.get("required", ())
    shown = {name: one for name, one in properties.items() if name in required or depth < 2}
    if depth >= _DEEPEST:
        shown = {}
    found = {name: sample_of(one, reading, depth + 1) for name, one in shown.items()}
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping) and not properties and depth < _DEEPEST:
        found["name"] = sample_of(more, reading, depth + 1)
    return found


def _array(schema: JsonSchema, reading: Schemas, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [sample_of(one, reading, depth + 1) for one in schema["prefixItems"]]
    if depth >= _DEEPEST or schema.get("maxItems") == 0 or not isinstance(schema.get("items"), Mapping):
        return []
    return [sample_of(schema["items"], reading, depth + 1)] * max(1, schema.get("minItems", 1))


def _number(schema: JsonSchema, step: float) -> float:
    low: float = max(schema.get("minimum", -_FAR), schema.get("exclusiveMinimum", -_FAR - step) + step)
    high: float = min(schema.get("maximum", _FAR), schema.get("exclusiveMaximum", _FAR + step) - step)
    wanted = min(max(1, low), high)
    multiple: float | None = schema.get("multipleOf")
    if not multiple:
        return wanted
    above = ceil(wanted / multiple) * multiple
    return above if above <= high else floor(wanted / multiple) * multiple


def _text(schema: JsonSchema) -> str:
    known = _TEXTS.get(schema.get("format", ""))
    if known is not None:
        return known
    low: int = schema.get("minLength", 0)
    high: int = schema.get("maxLength", max(low, 1000))
    if "pattern" in schema:
        return next((one for one in _CANDIDATES if low <= len(one) <= high and _fits(schema["pattern"], one)), "…")
    return ("text" * (low // 4 + 1))[: max(4, low)][:high]


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # Rust's regular expressions have some that Python's have not
        return False
