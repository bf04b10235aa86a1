"""What decodes a value that is not as JSON has it: a date, big integer, bytes or a set, wherever it stands in a type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from twofold.boundary.schemas import JsonSchema
from twofold.client.names import key, text
from twofold.openapi.schemas import PREFIX

_TEXTS: Mapping[str, str] = {"date-time": "$.date", "bigint": "$.bigint", "base64url": "$.bytes"}


class Decoders:
    """Writes decoders.

    Args:
        definitions: the schemas that others refer to.
        name_of: gives the name of a definition's decoder.
    """

    def __init__(self, definitions: Mapping[str, JsonSchema], name_of: Callable[[str], str]) -> None:
        self._definitions = definitions
        self._name_of = name_of
        self._rich = _rich(definitions)
        self._used: dict[str, None] = {}

    def of(self, schema: JsonSchema) -> str | None:
        """Give the decoder of a schema; None where JSON is what it is."""
        if not _holds(schema, self._rich):
            return None
        if "$ref" in schema:
            return self._named(schema["$ref"].removeprefix(PREFIX))
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._union(schema, schema[union])
        if schema.get("type") == "array":
            return self._array(schema)
        if schema.get("type") == "object":
            return self._object(schema)
        return _TEXTS.get(schema.get("format", ""))

    def definitions(self) -> dict[str, str]:
        """Give the decoders, by name, that those given so far refer to."""
        found: dict[str, str] = {}
        while missing := [name for name in self._used if self._name_of(name) not in found]:
            found |= {self._name_of(name): self._definition(self._definitions[name]) for name in missing}
        return dict(sorted(found.items()))

    def _named(self, name: str) -> str:
        self._used[name] = None
        return self._name_of(name)

    def _definition(self, schema: JsonSchema) -> str:
        """Give the decoder of a definition itself; as a function where it would refer to others before they are there."""
        found = self.of(schema) or ""
        is_late = schema.get("type") == "object" and "properties" in schema
        return found if is_late else f"(wire) => {found}(wire)"

    def _array(self, schema: JsonSchema) -> str:
        items = schema.get("items")
        rest = self.of(items) if isinstance(items, Mapping) else None
        if schema.get("uniqueItems"):
            return f"$.set({rest or ''})"
        first = [self.of(one) for one in schema.get("prefixItems", ())]
        if not first:
            return f"$.all({rest})"
        listed = ", ".join(one or "undefined" for one in first)
        return f"$.tuple([{listed}]{f', {rest}' if rest else ''})"

    def _object(self, schema: JsonSchema) -> str:
        members = {name: self.of(part) for name, part in schema.get("properties", {}).items()}
        listed = ", ".join(f"{key(name)}: {decoder}" for name, decoder in members.items() if decoder)
        if members:
            return f"$.object(() => ({{ {listed} }}))"
        values: JsonSchema = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), {})
        return f"$.all({self.of(values)})"

    def _union(self, schema: JsonSchema, choices: Sequence[JsonSchema]) -> str:
        discriminator = schema.get("discriminator")
        if discriminator is not None:
            return self._tagged(discriminator["propertyName"], discriminator.get("mapping", {}))
        kinds: dict[str, str | None] = {}
        options: list[Any] = []
        for one in self._flattened(choices):
            whole = self._resolved(one)
            if "const" in whole or "enum" in whole:
                options.extend(whole.get("enum", [whole.get("const")]))
            elif whole.get("type") != "null":
                kinds[str(whole.get("type"))] = self.of(one)
        rich = {kind: decoder for kind, decoder in kinds.items() if decoder}
        if len(kinds) == 1 and not options:
            return next(iter(rich.values()))
        # Only an option of the same kind could be taken for the other.
        texts = [one for one in options if isinstance(one, str)] if "string" in rich else []
        listed = ", ".join(f"{kind}: {decoder}" for kind, decoder in rich.items())
        return f"$.either({{ {listed} }}{f', {json.dumps(texts)}' if texts else ''})"

    def _tagged(self, tag: str, mapping: Mapping[str, str]) -> str:
        found = {value: reference.removeprefix(PREFIX) for value, reference in mapping.items()}
        listed = ", ".join(f"{key(value)}: {self._named(name)}" for value, name in found.items() if name in self._rich)
        return f"$.tagged({text(tag)}, () => ({{ {listed} }}))"

    def _flattened(self, choices: Iterable[JsonSchema]) -> list[JsonSchema]:
        found: list[JsonSchema] = []
        for one in choices:
            inner = self._resolved(one)
            if "anyOf" in inner and "discriminator" not in inner:
                found.extend(self._flattened(inner["anyOf"]))
            else:
                found.append(one)
        return found

    def _resolved(self, schema: JsonSchema) -> JsonSchema:
        reference = schema.get("$ref")
        return schema if reference is None else self._definitions[reference.removeprefix(PREFIX)]


def _rich(definitions: Mapping[str, JsonSchema]) -> frozenset[str]:
    """Give the definitions that hold a value to be decoded, directly or through others."""
    found: frozenset[str] = frozenset()
    while True:
        now = frozenset(name for name, schema in definitions.items() if _holds(schema, found))
        if now == found:
            return found
        found = now


def _holds(node: Any, rich: frozenset[str]) -> bool:
    if isinstance(node, list):
        return any(_holds(one, rich) for one in node)
    if not isinstance(node, Mapping):
        return False
    if "$ref" in node:
        return node["$ref"].removeprefix(PREFIX) in rich
    if node.get("uniqueItems") or node.get("format") in _TEXTS:
        return True
    parts = [node.get(name) for name in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties")]
    members = [*node.get("properties", {}).values(), *node.get("patternProperties", {}).values()]
    return any(_holds(part, rich) for part in [*parts, *members])
