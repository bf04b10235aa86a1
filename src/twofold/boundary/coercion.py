"""Turn the text of a form into the JSON that the same input would be, by one fixed table.

    declared            the form sends                        becomes
    integer             -?digits                              an integer
    number              a decimal number                      a number; Decimal and BigInt stay text
    boolean             on true 1 yes / off false 0 no ""     true / false; absent (unticked) false; repeated: the last
    Enum, Literal       the spelled value                     the value
    list, set, tuple    repeated names, or items.0.qty        an array in order of number; absent []
    object              address.zip                           an object
    optional            ""                                    null
    required, not text  ""                                    missing
    text                anything                              itself, newlines included

What does not convert stays text, so that the validator reports it as it would report the JSON.
Names that no parameter has are ignored (browsers and their extensions add some), as are those that start with `_tf`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from twofold.boundary.places import Place, spelled
from twofold.boundary.schemas import JsonSchema, Schemas, first_of, is_nullable, item_schema, options_of

FRAMEWORK_PREFIX = "_tf"
MAX_PARTS = 32
MAX_INDEX = 999

_TRUE = frozenset({"on", "true", "1", "yes"})
_FALSE = frozenset({"off", "false", "0", "no", ""})
_INTEGER = re.compile(r"-?[0-9]{1,4000}")  # below CPython's limit for conversion; longer stays text and is refused
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,2}")
_MAY_BE_EMPTY = frozenset({None, "password", "base64url", "binary", "regex"})
_STAYS_TEXT = frozenset({"decimal", "bigint"})
_ABSENT: Any = object()


@dataclass(slots=True)
class _Node:
    """All that the form said under one name."""

    values: list[str] = field(default_factory=list)
    children: dict[str, _Node] = field(default_factory=dict)


@dataclass(slots=True)
class Coerced:
    """A form as JSON.

    Attributes:
        rows: the form's own numbers of a list that it numbered with gaps, by the list's place in `tree`.
        problems: names that cannot be placed, by path.
    """

    tree: dict[str, Any] = field(default_factory=dict)
    rows: dict[Place, Sequence[int]] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)


def tree(pairs: Iterable[tuple[str, str]], schema: JsonSchema | Schemas, *, without: Collection[str] = ()) -> Coerced:
    """Turn the pairs of a form into JSON for an object schema.

    Args:
        schema: as `Schemas` where many forms are read by it.
        without: parameters that come from elsewhere (bound arguments, files); the form cannot set them.
    """
    schemas = schema if isinstance(schema, Schemas) else Schemas(schema)
    whole = schemas.resolved(schemas.root)
    wanted = {name: part for name, part in whole.get("properties", {}).items() if name not in without}
    result = Coerced()
    root = _planted(pairs, wanted, result)
    result.tree = _Coercion(schemas, result).members(root, {**whole, "properties": wanted}, ())
    return result


def _planted(pairs: Iterable[tuple[str, str]], wanted: Collection[str], result: Coerced) -> _Node:
    """Grow the tree of names. Its size is bounded by the number of pairs times the parts of a name."""
    root = _Node()
    for name, value in pairs:
        parts = name.split(".")
        if parts[0] not in wanted or name.startswith(FRAMEWORK_PREFIX):
            continue
        if "" in parts or len(parts) > MAX_PARTS:
            result.problems[spelled(tuple(parts[:MAX_PARTS]))] = ["The field's name is not valid"]
            continue
        node = root
        for part in parts:
            node = node.children.setdefault(part, _Node())
        node.values.append(value)
    return root


class _Coercion:
    def __init__(self, schemas: Schemas, result: Coerced) -> None:
        self._schemas = schemas
        self._result = result

    def value(self, node: _Node, schema: JsonSchema, place: Place) -> Any:
        choices = self._schemas.alternatives(schema)
        if node.values and node.children:
            return self._problem(place, "The field is sent both as one value and in parts")
        if node.children:
            return self._parts(node, schema, choices, place)
        return self._leaf(node.values, choices)

    def members(self, node: _Node, schema: JsonSchema, place: Place) -> dict[str, Any]:
        """Give the members of an object: the declared ones, and for a mapping those that the form names."""
        declared = schema.get("properties", {})
        values = {name: self._member(node.children.get(name), part, (*place, name)) for name, part in declared.items()}
        more = schema.get("additionalProperties")
        for name in node.children if more else ():
            if name not in declared:
                part = more if isinstance(more, dict) else {}
                values[name] = self.value(node.children[name], part, (*place, name))
        return {name: value for name, value in values.items() if value is not _ABSENT}

    def _member(self, node: _Node | None, schema: JsonSchema, place: Place) -> Any:
        return self.absent(schema) if node is None else self.value(node, schema, place)

    def absent(self, schema: JsonSchema) -> Any:
        """Say what a field means that the form does not send: browsers leave out unticked boxes and empty selections."""
        choices = self._schemas.alternatives(schema)
        if is_nullable(choices):
            return _ABSENT
        if first_of(choices, "boolean") and options_of(choices) is None:
            return False
        array, mapping = first_of(choices, "array"), first_of(choices, "object")
        if array is not None:
            return _ABSENT if "prefixItems" in array else []
        return self._absent_object(mapping) if mapping is not None else _ABSENT

    def _absent_object(self, schema: JsonSchema) -> Any:
        """Give an object all of whose required members may be absent."""
        if not schema.get("properties"):
            return {} if schema.get("additionalProperties") else _ABSENT
        members = {name: self.absent(schema["properties"][name]) for name in schema.get("required", ())}
        return _ABSENT if not members or any(value is _ABSENT for value in members.values()) else members

    def _parts(self, node: _Node, schema: JsonSchema, choices: list[JsonSchema], place: Place) -> Any:
        if is_nullable(choices) and _is_blank(node):
            return None
        array = first_of(choices, "array")
        if array is not None and all(name.isdecimal() for name in node.children):
            return self._rows(node, array, place)
        objects = [choice for choice in choices if choice.get("type") == "object"]
        chosen = self._tagged(node, schema, objects)
        return _text(node) if chosen is None else self.members(node, chosen, place)

    def _rows(self, node: _Node, array: JsonSchema, place: Place) -> Any:
        """Give the items by number. Gaps close: a page may remove a row, and one large number must cost nothing."""
        wrong = next((name for name in node.children if not _INDEX.fullmatch(name)), None)
        if wrong is not None:
            return self._problem((*place, wrong), f"Must be numbered from 0 to {MAX_INDEX}")
        numbers = sorted(map(int, node.children))
        if numbers != list(range(len(numbers))):
            self._result.rows[place] = numbers
        items = [
            self.value(node.children[str(number)], item_schema(array, index), (*place, index))
            for index, number in enumerate(numbers)
        ]
        return [None if item is _ABSENT else item for item in items]

    def _tagged(self, node: _Node, schema: JsonSchema, objects: list[JsonSchema]) -> JsonSchema | None:
        """Choose the alternative that the form's tag names."""
        if len(objects) < 2:
            return objects[0] if objects else None
        discriminator = next(filter(None, (part.get("discriminator") for part in self._unions(schema))), None)
        if discriminator is None:
            return objects[0]
        tag = node.children.get(discriminator["propertyName"], _Node()).values[:1]
        reference = discriminator.get("mapping", {}).get(tag[0]) if tag else None
        return self._schemas.resolved({"$ref": reference}) if reference else None

    def _unions(self, schema: JsonSchema) -> list[JsonSchema]:
        resolved = self._schemas.resolved(schema)
        return [resolved, *(self._schemas.resolved(part) for part in resolved.get("anyOf", ()))]

    def _leaf(self, values: list[str], choices: list[JsonSchema]) -> Any:
        array = first_of(choices, "array")
        if array is not None:
            return self._items(values, array)
        if len(values) > 1 and not first_of(choices, "boolean"):
            return list(values)
        return convert(values[-1], choices)

    def _items(self, values: list[str], array: JsonSchema) -> list[Any]:
        """Give the items of a repeated name. Empty inputs are left out, except of a tuple, where each has its place."""
        items = [convert(text, self._schemas.alternatives(item_schema(array, index))) for index, text in enumerate(values)]
        if "prefixItems" in array:
            return [None if item is _ABSENT else item for item in items]
        return [item for item in items if item is not _ABSENT]

    def _problem(self, place: Place, message: str) -> Any:
        self._result.problems[spelled(place, self._result.rows)] = [message]
        return _ABSENT


def convert(text: str, choices: list[JsonSchema]) -> Any:
    """Convert one text by the table; the first alternative that it fits, else the text itself."""
    trimmed = text.strip(" \t\r\n\f")
    for option in options_of([choice for choice in choices if "enum" in choice or "const" in choice]) or ():
        if _is_spelled(option, text):
            return option
    if trimmed == "":
        return _emptied(text, choices)
    if any(choice.get("format") in _STAYS_TEXT for choice in choices):
        return trimmed
    for kind, reader in _READERS:
        if first_of(choices, kind) and (value := reader(trimmed)) is not _ABSENT:
            return value
    return text if any(_is_free_text(choice) for choice in choices) else trimmed


def _emptied(text: str, choices: list[JsonSchema]) -> Any:
    if is_nullable(choices) and text == "":
        return None
    if any(_is_free_text(choice) for choice in choices):
        return text
    return False if first_of(choices, "boolean") and options_of(choices) is None else None if is_nullable(choices) else _ABSENT


def _is_free_text(choice: JsonSchema) -> bool:
    is_closed = "enum" in choice or "const" in choice
    return choice.get("type") == "string" and not is_closed and choice.get("format") in _MAY_BE_EMPTY


def _is_spelled(option: Any, text: str) -> bool:
    if isinstance(option, bool):
        return _truth(text) is option
    return option is not None and str(option) == text


def _truth(text: str) -> Any:
    lowered = text.lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else _ABSENT


def _integer(text: str) -> Any:
    return int(text) if _INTEGER.fullmatch(text) else _ABSENT


def _number(text: str) -> Any:
    value = float(text) if len(text) <= 400 and _NUMBER.fullmatch(text) else float("inf")
    return _ABSENT if value in (float("inf"), float("-inf")) else value


_READERS = (("boolean", _truth), ("integer", _integer), ("number", _number))


def _is_blank(node: _Node) -> bool:
    return not any(node.values) and all(map(_is_blank, node.children.values()))


def _text(node: _Node) -> Any:
    """Give a branch that fits no alternative as it came, for the validator to refuse."""
    if node.children:
        return {name: _text(child) for name, child in node.children.items()}
    return node.values[0] if len(node.values) == 1 else list(node.values)
