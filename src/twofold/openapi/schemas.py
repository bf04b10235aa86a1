"""Types as JSON Schemas that share their definitions: each model stands once, under a name of its own."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from twofold.boundary.compile import WireJsonSchema, core_schema_of
from twofold.boundary.schemas import JsonSchema, Schemas
from twofold.boundary.types import SAFE_INTEGER, UNBOUNDED

Direction = Literal["input", "output"]
Json: TypeAlias = dict[str, Any]

PREFIX = "#/components/schemas/"
_MODES: Mapping[Direction, JsonSchemaMode] = {"input": "validation", "output": "serialization"}
_IN, _OUT = "-Input", "-Output"
_DECIMAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_BASE64 = "^([A-Za-z0-9_+/-]{4})*([A-Za-z0-9_+/-][AQgw](==)?|[A-Za-z0-9_+/-]{2}[AEIMQUYcgkosw048]=?)?$"
"""Either alphabet, with or without padding; the bits that stand for nothing are zero (RFC 4648 section 3.5)."""


class TypeSchemas:
    """The JSON Schemas of the types that an app's route handlers take and give.

    Args:
        types: annotations, and whether each is read or written. Each is known by its identity, so keep it.
    """

    def __init__(self, types: Iterable[tuple[Any, Direction]]) -> None:
        listed = list(types)
        inputs: list[tuple[int, JsonSchemaMode, CoreSchema]] = [
            (id(annotation), _MODES[direction], core_schema_of(annotation)) for annotation, direction in listed
        ]
        generator = _WireSchemas(by_alias=True, ref_template=PREFIX + "{model}")
        found, definitions = generator.generate_definitions(inputs)
        names = _joined_names({str(name): one for name, one in definitions.items()})
        self.definitions: Json = {
            names.get(str(name), str(name)): _rewritten(one, names) for name, one in sorted(definitions.items())
        }
        self._found = {key: _rewritten(one, names) for key, one in found.items()}
        self.reading = Schemas({"$defs": self.definitions})

    def of(self, annotation: Any, direction: Direction) -> Json:
        """Give the schema of one of the types."""
        return dict(self._found[id(annotation), _MODES[direction]])

    def resolved(self, schema: JsonSchema) -> Json:
        """Give a schema with the reference at its top followed."""
        return dict(self.reading.resolved(schema))


class _WireSchemas(WireJsonSchema):
    """JSON Schema as strict as the boundary, so that a program that keeps to it is not refused."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  Pydantic's protocol
        """Repeat no field's name as its title."""
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001  Pydantic's protocol
        """Promise every field of what is written: defaults fill what the handler left out."""
        is_optional_key = field["type"] == "typed-dict-field"
        return super().field_is_required(field, total) or (self.mode == "serialization" and not is_optional_key)

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Say the range of integers that every JSON reader keeps exactly."""
        result = super().int_schema(schema)
        if UNBOUNDED in (schema.get("metadata") or {}):
            return result
        low = {} if "exclusiveMinimum" in result else {"minimum": max(result.get("minimum", -SAFE_INTEGER), -SAFE_INTEGER)}
        high = {} if "exclusiveMaximum" in result else {"maximum": min(result.get("maximum", SAFE_INTEGER), SAFE_INTEGER)}
        return {**result, "format": "int64", **low, **high}

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        """Count the characters of the base64 text, not the bytes in it."""
        result: Json = {"type": "string", "contentEncoding": "base64", "format": "base64url", "pattern": _BASE64}
        if "min_length" in schema:
            result["minLength"] = -(-schema["min_length"] * 4 // 3)
        if "max_length" in schema:
            result["maxLength"] = -(-schema["max_length"] // 3) * 4
        return result

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Say what text is a decimal number, and with how many digits."""
        result = super().decimal_schema(schema)
        text = result["anyOf"][-1] if "anyOf" in result else result
        # What is written may have an exponent, however few its digits are.
        text["pattern"] = _decimal_pattern(schema) if self.mode == "validation" else _DECIMAL
        return result

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """Tell local times, which `date-time` is not."""
        is_local = schema.get("tz_constraint") == "naive"
        return {**super().datetime_schema(schema), **({"format": "date-time-local"} if is_local else {})}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Describe a dataclass by its own docstring, where it has one."""
        result = super().dataclass_schema(schema)
        signature = f"{schema['cls'].__name__}("
        if str(result.get("description", "")).startswith(signature):
            del result["description"]  # the docstring that `@dataclass` writes
        return result

    def get_title_from_name(self, name: str) -> str:
        """Give a title as the source has the name."""
        return name


def _decimal_pattern(schema: core_schema.DecimalSchema) -> str:
    places = schema.get("decimal_places")
    if places is None:
        return _DECIMAL
    whole = f"0*[0-9]{{1,{max(schema['max_digits'] - places, 1)}}}" if "max_digits" in schema else "[0-9]+"
    return rf"^[+-]?{whole}(\.[0-9]{{0,{places}}}0*)?$"


def _joined_names(definitions: Mapping[str, Json]) -> dict[str, str]:
    """Give new names, by the old ones, to models that are read exactly as they are written: they need one only.

    A model that refers to itself has two names for its two directions; all such pairs are taken for equal until one is found
    that is not, which may tell others apart.
    """
    pairs = {name.removesuffix(_IN) for name in definitions if name.endswith(_IN)}
    pairs = {name for name in pairs if name + _OUT in definitions and name not in definitions}
    while True:
        names = {name + suffix: name for name in pairs for suffix in (_IN, _OUT)}
        unequal = {
            name for name in pairs if _rewritten(definitions[name + _IN], names) != _rewritten(definitions[name + _OUT], names)
        }
        if not unequal:
            return names
        pairs -= unequal


def _rewritten(node: Any, names: Mapping[str, str]) -> Any:
    """Give a schema whose references use other names, and which hides nothing: `writeOnly` would deny what is written."""
    if isinstance(node, list):
        return [_rewritten(one, names) for one in node]
    if isinstance(node, dict):
        return {key: _rewritten(value, names) for key, value in node.items() if (key, value) != ("writeOnly", True)}
    if isinstance(node, str) and node.startswith(PREFIX):
        name = node.removeprefix(PREFIX)
        return PREFIX + names.get(name, name)
    return node


def without_null(schema: JsonSchema) -> Json:
    """Give a schema without null, which no text is."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and not (name == "default" and value is None)}
    if not choices:
        return rest
    return {**choices[0], **rest} if len(choices) == 1 else {"anyOf": choices, **rest}


def described(schema: JsonSchema) -> tuple[str | None, Json]:
    """Give what a schema says in prose at its top, and the rest."""
    text = schema.get("description") if "$ref" not in schema or "description" in schema else None
    return text, {name: value for name, value in schema.items() if name != "description"}


def first_paragraph(function: Any) -> str:
    """Give the first paragraph of a docstring on one line; empty without one."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
