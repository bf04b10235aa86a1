"""Read a JSON Schema: follow references, flatten alternatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

JsonSchema: TypeAlias = Mapping[str, Any]


_MOST_KNOWN = 1000


class Schemas:
    """The schemas of one boundary, with their shared definitions."""

    def __init__(self, root: JsonSchema) -> None:
        self.root = root
        self._definitions: JsonSchema = root.get("$defs", {})
        # By identity: the parts of a schema never change. The part itself is kept, so that its identity stays taken.
        self._known: dict[int, tuple[JsonSchema, list[JsonSchema]]] = {}

    def resolved(self, schema: JsonSchema) -> JsonSchema:
        """Follow `$ref`; keywords beside the reference win."""
        beside = schema
        for _ in self._definitions:
            if "$ref" not in schema:
                break
            schema = self._definitions.get(schema["$ref"].rpartition("/")[2], {})
        return schema if beside is schema else {**schema, **{name: value for name, value in beside.items() if name != "$ref"}}

    def alternatives(self, schema: JsonSchema) -> list[JsonSchema]:
        """Give every alternative of a schema, references followed and unions flattened."""
        known = self._known.get(id(schema))
        if known is None:
            known = schema, list(self._flattened(schema, frozenset()))
            if len(self._known) < _MOST_KNOWN:
                self._known[id(schema)] = known
        return known[1]

    def _flattened(self, schema: JsonSchema, seen: frozenset[str]) -> Iterator[JsonSchema]:
        reference = schema.get("$ref")
        if reference in seen:
            return
        known = seen | {reference} if reference else seen
        resolved = self.resolved(schema)
        branches = resolved.get("anyOf") or resolved.get("oneOf") or resolved.get("allOf")
        if not branches:
            yield resolved
        for branch in branches or ():
            yield from self._flattened(branch, known)

    def property_of(self, schema: JsonSchema, name: str) -> JsonSchema | None:
        """Give the schema of one member: a property, an item by number, or a value by key."""
        found = [part for choice in self.alternatives(schema) if (part := _member(choice, name)) is not None]
        return None if not found else found[0] if len(found) == 1 else {"anyOf": found}


def _member(choice: JsonSchema, name: str) -> JsonSchema | None:
    member = choice.get("properties", {}).get(name)
    if member is None and choice.get("type") == "array" and name.isdecimal():
        member = item_schema(choice, int(name[:9]))
    if member is None:
        member = choice.get("additionalProperties")
    return member if isinstance(member, Mapping) else None


def item_schema(array: JsonSchema, index: int) -> JsonSchema:
    """Give the schema of one item of an array or a tuple."""
    prefix = array.get("prefixItems", ())
    schema = prefix[index] if index < len(prefix) else array.get("items", {})
    return schema if isinstance(schema, Mapping) else {}


def options_of(choices: list[JsonSchema]) -> list[Any] | None:
    """Give the closed list of options, or None where anything else may come too; null does not count."""
    options: list[Any] = []
    for choice in choices:
        if "const" in choice:
            options.append(choice["const"])
        elif "enum" in choice:
            options.extend(choice["enum"])
        elif choice.get("type") != "null":
            return None
    return [option for option in options if option is not None]


def is_nullable(choices: list[JsonSchema]) -> bool:
    """Say whether null is one of the alternatives."""
    return any(choice.get("type") == "null" or None in choice.get("enum", ()) for choice in choices)


def first_of(choices: list[JsonSchema], kind: str) -> JsonSchema | None:
    """Give the first alternative of a JSON type."""
    return next((choice for choice in choices if choice.get("type") == kind), None)
