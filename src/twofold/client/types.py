"""JSON Schemas as types of TypeScript: what is read as callers write it, what is written as callers get it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from twofold.boundary.schemas import JsonSchema
from twofold.client.names import comment, key, text
from twofold.openapi.schemas import PREFIX

RUNTIME_TYPES: Mapping[str, str] = {
    "date": "$.PlainDate",
    "time": "$.PlainTime",
    "date-time-local": "$.PlainDateTime",
    "duration": "$.Duration",
    "uuid": "$.Uuid",
    "decimal": "$.Decimal",
    "date-time": "Date",
    "bigint": "bigint",
    "base64url": "Uint8Array",
    "binary": "Blob",
}
"""Of texts, by their format; every other text is a string."""

_KINDS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_JSON = "$.Json"


class Types:
    """Writes types.

    Args:
        name_of: gives the name of a definition's type.
    """

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of

    def of(self, schema: JsonSchema | bool) -> str:  # noqa: FBT001  JSON Schema has these too
        """Give the type of a schema."""
        if isinstance(schema, bool) or not schema:
            return _JSON if schema is not False else "never"
        if "$ref" in schema:
            return self._name_of(schema["$ref"].removeprefix(PREFIX))
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return " | ".join(map(_literal, schema["enum"]))
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._union(schema[union])
        if "allOf" in schema:
            return " & ".join(self._part(one) for one in schema["allOf"])
        return self._plain(schema)

    def definition(self, schema: JsonSchema) -> str:
        """Give the type of a model: an object has a line for each member, with its description."""
        if schema.get("type") != "object" or not schema.get("properties") or schema.get("additionalProperties"):
            return self.of(schema)
        lines: list[str] = []
        for part, member in zip(schema["properties"].values(), self._members(schema), strict=True):
            lines += [*comment(str(part.get("description", "")), "  "), f"  {member};"]
        return "\n".join(["{", *lines, "}"])

    def _members(self, schema: JsonSchema) -> list[str]:
        """Give the members of an object; what may be left out may be undefined too, which is the same on the wire."""
        required = schema.get("required", ())
        return [
            f"{key(name)}: {self.of(part)}" if name in required else f"{key(name)}?: {self.of(part)} | undefined"
            for name, part in schema.get("properties", {}).items()
        ]

    def _union(self, choices: list[JsonSchema]) -> str:
        if any(one.get("format") == "decimal" for one in choices):
            # A number of JavaScript would have lost digits before it is sent.
            choices = [one for one in choices if one.get("type") != "number"]
        return " | ".join(dict.fromkeys(map(self.of, choices)))

    def _part(self, schema: JsonSchema) -> str:
        """Give a type that can stand inside another."""
        found = self.of(schema)
        return f"({found})" if " | " in found or " & " in found else found

    def _plain(self, schema: JsonSchema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(self.of({**schema, "type": one}) for one in kind)
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._object(schema)
        if kind == "string":
            return RUNTIME_TYPES.get(schema.get("format", ""), "string")
        return _KINDS.get(str(kind), _JSON)

    def _array(self, schema: JsonSchema) -> str:
        first = [self._part(one) for one in schema.get("prefixItems", ())]
        rest = schema.get("items")
        if schema.get("uniqueItems"):
            return f"Set<{self.of(rest if rest is not None else {})}>"
        if not first:
            is_empty = schema.get("maxItems") == 0
            return "[]" if is_empty else self._part(rest if rest is not None else {}) + "[]"
        is_closed = rest is False or schema.get("maxItems") == len(first)
        required = schema.get("minItems", len(first) if is_closed else 0)
        shown = [one if index < required else f"({one})?" for index, one in enumerate(first)]
        return "[" + ", ".join([*shown, *([] if is_closed else [f"...{self._part(rest or {})}[]"])]) + "]"

    def _object(self, schema: JsonSchema) -> str:
        more = schema.get("additionalProperties")
        values = {} if more is True or more is None else more
        if not schema.get("properties"):
            return "Record<string, never>" if more is False else self._record(schema, values)
        more_members = [f"[more: string]: {_JSON} | undefined"] if more else []
        return "{ " + "; ".join([*self._members(schema), *more_members]) + " }"

    def _record(self, schema: JsonSchema, values: Any) -> str:
        names = schema.get("propertyNames", {})
        value = self.of(values)
        if "enum" in names or "const" in names or "$ref" in names:
            named = self.of({name: part for name, part in names.items() if name != "type"})
            return f"Partial<Record<{named}, {value}>>"
        patterns = schema.get("patternProperties")
        if patterns:
            value = " | ".join(dict.fromkeys(self.of(one) for one in patterns.values()))
        # Not Record<string, ...>: a type that refers to itself can do so here only.
        return f"{{ [name: string]: {value} }}"


def _literal(value: Any) -> str:
    return text(value) if isinstance(value, str) else json.dumps(value)
