"""Turn an annotation into a core schema that is strict in the places where Pydantic is not.

The walk over the schema bounds integers to what every JSON reader keeps, refuses infinities, speaks base64 for
bytes, validates instances of models again, and closes the look-alikes (`True` for 1, "1.0" as an integer key).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import (
    CoreConfig,
    CoreSchema,
    PydanticKnownError,
    SchemaSerializer,
    SchemaValidator,
    core_schema,
    to_jsonable_python,
)

from twofold.boundary.types import SAFE_INTEGER, UNBOUNDED

BASE64 = CoreConfig(val_json_bytes="base64", ser_json_bytes="base64")

_OPAQUE = frozenset({"metadata", "serialization", "default", "expected", "members", "cls", "config", "function"})
_ISO_8601 = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"),
    "datetime": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]"),
}
_CLASSES = ("model", "dataclass", "typed-dict")
_LISTS = ("list", "set", "frozenset", "tuple")
_INTEGER_KEY = re.compile(r"0|-?[1-9][0-9]{0,15}")


_MOST_KNOWN = 1_000

# By identity, because equal types need not mean the same: `int | str` equals `str | int`. Both are kept, so that the identity
# stays taken. An app names most of its types in many places.
_core_schemas: dict[int, tuple[Any, CoreSchema]] = {}
_json_schemas: dict[tuple[int, str], tuple[CoreSchema, dict[str, Any]]] = {}


def core_schema_of(annotation: Any) -> CoreSchema:
    """Give the core schema of an annotation as Pydantic builds it."""
    known = _core_schemas.get(id(annotation))
    if known is None:
        known = annotation, TypeAdapter(annotation).core_schema
        if len(_core_schemas) < _MOST_KNOWN:
            _core_schemas[id(annotation)] = known
    return known[1]


def strict(schema: CoreSchema, *, is_hasty: bool = False) -> CoreSchema:
    """Give a copy of a core schema with the boundary's rules of validation written into it.

    Args:
        is_hasty: whether a list is given up at its first wrong item.
    """
    return cast(CoreSchema, rewritten(schema, {**_STRICT, **dict.fromkeys(_LISTS, _hasty)} if is_hasty else _STRICT))


def has_lists(schema: CoreSchema) -> bool:
    """Say whether a hasty validator can end sooner than another."""
    return any(node.get("type") in _LISTS for node in nodes(schema))


def widest(schema: Any) -> int:
    """Give the most failures that one value can have by itself: fields of a class, or choices of a union."""
    sizes = [len(node.get("fields", node.get("choices", ()))) for node in nodes(schema)]
    return max(1, *sizes)


def validator(schema: CoreSchema) -> SchemaValidator:
    """Build a validator that ignores the ones stored on model classes, which know nothing of the rewriting."""
    return SchemaValidator(schema, BASE64, _use_prebuilt=False)


def serializer(schema: CoreSchema) -> SchemaSerializer:
    """Build a serializer that writes base64 for the bytes of nested models too."""
    written = cast(CoreSchema, rewritten(schema, dict.fromkeys(_CLASSES, _class)))
    return SchemaSerializer(written, BASE64, _use_prebuilt=False)


def rewritten(node: Any, rules: Mapping[str, _Rule]) -> Any:
    """Give a copy of a part of a schema, with a rule applied to each node of a kind."""
    if isinstance(node, list):
        return [rewritten(item, rules) for item in node]
    if isinstance(node, tuple):
        return tuple(rewritten(item, rules) for item in node)
    if not isinstance(node, dict):
        return node
    copy = {name: value if name in _OPAQUE else rewritten(value, rules) for name, value in node.items()}
    kind = copy.get("type")
    rule = rules.get(kind) if isinstance(kind, str) else None
    return rule(copy) if rule else copy


def _int(node: dict[str, Any]) -> dict[str, Any]:
    if UNBOUNDED in node.get("metadata", ()):
        return node
    node["ge"] = max(node.get("ge", -SAFE_INTEGER), -SAFE_INTEGER)
    node["le"] = min(node.get("le", SAFE_INTEGER), SAFE_INTEGER)
    return node


def _float(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "allow_inf_nan": False}


def _class(node: dict[str, Any]) -> dict[str, Any]:
    config = {**BASE64, **node.get("config", {})}
    if node["type"] == "typed-dict":
        return {**node, "config": config}
    return {**node, "config": config, "revalidate_instances": "always"}


def _hasty(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "fail_fast": True}


def _dict(node: dict[str, Any]) -> dict[str, Any]:
    keys = node.get("keys_schema")
    if not isinstance(keys, dict) or keys.get("type") != "int":
        return node
    # Rust reads "+1", " 1" and "1.0" as the key 1: three names for one key.
    exact = core_schema.no_info_before_validator_function(_integer_key, cast(CoreSchema, keys))
    return {**node, "keys_schema": core_schema.json_or_python_schema(exact, cast(CoreSchema, keys))}


def _integer_key(name: Any) -> int:
    if isinstance(name, str) and _INTEGER_KEY.fullmatch(name):
        return int(name)
    raise PydanticKnownError("int_parsing")


def _json_or_python(node: dict[str, Any]) -> dict[str, Any]:
    # `JsonValue` takes anything from JSON, overflowed infinities included; its Python half has the exact types.
    if node["json_schema"].get("type") == "any":
        return {**node, "json_schema": node["python_schema"]}
    return node


def _temporal(node: dict[str, Any]) -> dict[str, Any]:
    """Refuse "1577836800" as a date: the wire has one spelling, ISO 8601, and no clock ticks in text."""
    exact = SchemaValidator(cast(CoreSchema, node))
    error: Any = f"{node['type']}_parsing"

    def from_text(value: Any) -> Any:
        if not isinstance(value, str) or not _ISO_8601[node["type"]].match(value):
            raise PydanticKnownError(error, {"error": "not ISO 8601"})
        return exact.validate_python(value, strict=False)

    from_json = core_schema.no_info_plain_validator_function(from_text)
    return {**core_schema.json_or_python_schema(from_json, cast(CoreSchema, node))}


def _literal(node: dict[str, Any]) -> dict[str, Any]:
    return _exact(node, node["expected"], "literal_error")


def _enum(node: dict[str, Any]) -> dict[str, Any]:
    return _exact(node, [member.value for member in node["members"]], "enum")


def _exact(node: dict[str, Any], options: list[Any], error: Any) -> dict[str, Any]:
    """Refuse `True` and `1.0` where 1 is an option: Python calls them equal, JSON readers do not."""
    if all(isinstance(option, str) for option in options):
        return node
    kinds = {type(option) for option in options}

    def refuse_lookalike(value: Any) -> Any:
        if type(value) in (bool, int, float) and type(value) not in kinds:
            raise PydanticKnownError(error, {"expected": listed(options)})
        return value

    return {
        **core_schema.no_info_before_validator_function(refuse_lookalike, cast(CoreSchema, node)),
        **({"ref": node.pop("ref")} if "ref" in node else {}),
    }


_Rule: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

_STRICT: Mapping[str, _Rule] = {
    **dict.fromkeys(_CLASSES, _class),
    "int": _int,
    "float": _float,
    "date": _temporal,
    "datetime": _temporal,
    "dict": _dict,
    "json-or-python": _json_or_python,
    "literal": _literal,
    "enum": _enum,
}


def listed(options: list[Any]) -> str:
    """Spell options as Pydantic does: `'a', 'b' or 'c'`."""
    texts = [repr(option) for option in options]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else "nothing"


def enum_options(schema: Any) -> dict[str, str]:
    """Give the spelled options of every enumeration in a core schema, by class name.

    From Python a wrong member is reported by its class alone; from JSON by the options. This makes both equal.
    """
    found: dict[str, str] = {}
    for node in nodes(schema):
        if node.get("type") == "enum" and isinstance(node.get("members"), list):
            options = listed([member.value for member in node["members"]])
            found[node["cls"].__name__] = found[node["cls"].__qualname__] = options
    return found


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every node of a core schema."""
    pending: list[Any] = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending.extend(value for name, value in node.items() if name not in _OPAQUE)
        elif isinstance(node, (list, tuple)):
            pending.extend(node)


class WireJsonSchema(GenerateJsonSchema):
    """JSON Schema as the boundary speaks: base64 bytes everywhere, decimals recognisable."""

    def encode_default(self, dft: Any) -> Any:
        """Write a default as the wire has it."""
        return to_jsonable_python(dft, bytes_mode="base64", by_alias=True)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        """Say base64 for the bytes of nested models too."""
        return {**super().bytes_schema(schema), "format": "base64url"}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Mark decimals, which are text on the wire."""
        result = super().decimal_schema(schema)
        text = result["anyOf"][-1] if "anyOf" in result else result
        text["format"] = "decimal"
        if "decimal_places" in schema:
            text["x-decimal-places"] = schema["decimal_places"]
        return result


def json_schema(schema: CoreSchema, mode: JsonSchemaMode) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a core schema as Pydantic built it.

    Taken before the rewriting, so that the wire's integer range does not repeat on every field.
    """
    known = _json_schemas.get((id(schema), mode))
    if known is None:
        known = schema, WireJsonSchema(by_alias=True).generate(schema, mode)
        if len(_json_schemas) < _MOST_KNOWN:
            _json_schemas[id(schema), mode] = known
    return deepcopy(known[1])
