"""Refuse annotations that cannot be a boundary, at import, with the remedy.

A boundary type says completely what may pass: no `Any` in a corner, no class whose JSON form nobody defined,
no union whose members look the same on the wire.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections import abc
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, PydanticUserError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUndefinedAnnotation
from pydantic_core import SchemaError
from starlette.datastructures import UploadFile
from typing_extensions import ParamSpec, TypeAliasType, TypeVarTuple, is_typeddict
from typing_extensions import get_type_hints as resolved_hints

from twofold.boundary.compile import core_schema_of, json_schema
from twofold.boundary.where import Where

_MODEL = "Declare a Pydantic model, a dataclass or a TypedDict"
_JSON = f"{_MODEL}; pydantic.JsonValue if truly any JSON may come"
_CONTAINERS = (list, dict, tuple, set, frozenset, abc.Sequence, abc.Mapping, abc.Set, abc.MutableSequence, abc.MutableMapping)
_STREAMS = (
    abc.Generator, abc.AsyncGenerator, abc.Iterator, abc.AsyncIterator, abc.Iterable, abc.AsyncIterable,
    abc.Awaitable, abc.Coroutine,
)  # fmt: skip
_KEYS = "str, int, UUID, date, or an Enum or Literal of text"
_KEY_FORMATS = frozenset({None, "uuid", "date", "date-time"})
_ITEMS = f"Write the items' type, like list[int]. {_JSON}"
_CHOOSE = "Pass a Literal or an Enum and choose the class in the function"
_LIST = "Take or give a list; a route handler may give an async iterator"
_KINDS_REMEDY = "Give the members a tag field and `Field(discriminator=...)`, or keep one of them"


@dataclass(frozen=True)
class _Spot:
    """Where the walk is: the place in the source, and inside which type."""

    where: Where
    inside: str = ""
    seen: set[int] = field(default_factory=set)
    is_alias: bool = False

    def into(self, inside: str, *, is_alias: bool = False) -> _Spot:
        return replace(self, inside=inside, is_alias=is_alias or self.is_alias)

    def refuse(self, what: str, remedy: str) -> Exception:
        return self.where.refuse(f"{what} (in {self.inside})" if self.inside else what, remedy)


_MOST_KNOWN = 1_000
_UNKNOWN: Any = object()

# What was looked at and may pass, by identity: an app names most of its types in many places.
_fitting: dict[int, Any] = {}


def check(annotation: Any, where: Where) -> None:
    """Refuse an annotation that cannot be a boundary.

    Raises:
        ConfigurationError: with file, line, parameter and remedy.
    """
    if _fitting.get(id(annotation), _UNKNOWN) is annotation:
        return
    spot = _Spot(where)
    _walk(annotation, spot)
    _compiles(annotation, spot)
    if len(_fitting) < _MOST_KNOWN:
        _fitting[id(annotation)] = annotation


def _walk(annotation: Any, spot: _Spot, *, is_tagged: bool = False) -> None:
    _refuse_untyped(annotation, spot)
    if annotation is None or annotation is types.NoneType or annotation is JsonValue:
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        _walk(arguments[0], spot, is_tagged=is_tagged or any(getattr(mark, "discriminator", None) for mark in arguments[1:]))
    elif isinstance(annotation, TypeAliasType) or isinstance(origin, TypeAliasType):
        _walk_alias(origin or annotation, arguments, spot)
    elif isinstance(annotation, typing.NewType):
        _walk(annotation.__supertype__, spot)
    elif origin in (Union, types.UnionType):
        _walk_union(arguments, spot, is_tagged=is_tagged)
    elif origin is Literal:
        _walk_literal(annotation, spot)
    elif origin is not None and isinstance(origin, type):
        _walk_generic(annotation, origin, arguments, spot)
    elif isinstance(annotation, type):
        _walk_class(annotation, spot)


def _refuse_untyped(annotation: Any, spot: _Spot) -> None:
    if annotation is inspect.Parameter.empty:
        raise spot.refuse("There is no annotation", "Annotate it: the annotation is what callers are held to")
    if annotation is Any or annotation is object:
        raise spot.refuse(f"`{_name(annotation)}` accepts everything", _JSON)
    if isinstance(annotation, (str, typing.ForwardRef)) and not spot.is_alias:  # an alias may name itself; Pydantic resolves it
        raise spot.refuse(f"The name {annotation!r} cannot be resolved", "Import it at module level, outside `if TYPE_CHECKING`")
    if isinstance(annotation, (TypeVar, ParamSpec, TypeVarTuple)):
        raise spot.refuse(f"The type variable `{annotation}` stands for no type", "Name the type itself")
    if annotation in (typing.Never, typing.NoReturn):
        raise spot.refuse(f"`{_name(annotation)}` has no values", "Use None for a function that gives nothing")
    if isinstance(annotation, types.ModuleType):
        raise spot.refuse(f"`{annotation.__name__}` is a module", "Name a type inside it")
    if annotation is typing.Callable or annotation is abc.Callable or get_origin(annotation) is abc.Callable:
        raise spot.refuse("A callable cannot cross the boundary", "Pass the values the callable works on")
    if isinstance(annotation, (types.FunctionType, types.BuiltinFunctionType)):
        raise spot.refuse(f"`{_name(annotation)}` is a function, not a type", "Name a type")


def _walk_alias(alias: TypeAliasType, arguments: tuple[Any, ...], spot: _Spot) -> None:
    if id(alias) in spot.seen:
        return
    spot.seen.add(id(alias))
    if not arguments:  # a generic alias with arguments is judged by what it compiles to
        _walk(alias.__value__, spot.into(f"type {alias.__name__}", is_alias=True))
    for argument in arguments:
        _walk(argument, spot.into(f"type {alias.__name__}"))


def _walk_union(members: tuple[Any, ...], spot: _Spot, *, is_tagged: bool) -> None:
    for member in members:
        _walk(member, spot)
    kinds: dict[str, Any] = {}
    for member in () if is_tagged else members:
        for kind in _wire_kinds(member):
            if kind in kinds:
                pair = f"`{_name(kinds[kind])}` and `{_name(member)}`"
                raise spot.refuse(f"{pair} are both a JSON {kind}: the wire cannot tell them apart", _KINDS_REMEDY)
            kinds[kind] = member


def _walk_literal(annotation: Any, spot: _Spot) -> None:
    for option in get_args(annotation):
        if not isinstance(option, (str, int, enum.Enum)) and option is not None:
            what = f"The option {option!r} of `{_name(annotation)}` is not JSON"
            raise spot.refuse(what, "Use text, whole numbers or booleans")


def _walk_generic(annotation: Any, origin: type, arguments: tuple[Any, ...], spot: _Spot) -> None:
    if origin is type:
        raise spot.refuse(f"`{_name(annotation)}` names a class", _CHOOSE)
    if origin in _STREAMS:
        raise spot.refuse(f"`{_name(annotation)}` is a stream", _LIST)
    if not arguments or any(isinstance(argument, TypeVar) for argument in arguments):
        raise spot.refuse(f"`{_name(annotation)}` does not say what it holds", _ITEMS)
    if isinstance(origin, type) and issubclass(origin, abc.Mapping) and arguments:
        _check_keys(arguments[0], spot.into(_name(annotation)))
    if issubclass(origin, BaseModel) or is_dataclass(origin) or is_typeddict(origin):
        _walk_class(origin, spot)
    for argument in arguments:
        if argument is not Ellipsis:
            _walk(argument, spot.into(_name(annotation)))


def _check_keys(key: Any, spot: _Spot) -> None:
    _walk(key, spot)
    try:
        schema = json_schema(core_schema_of(key), "serialization")
    except (PydanticUserError, SchemaError):
        schema = {}
    is_text = schema.get("type") == "string" and schema.get("format") in _KEY_FORMATS
    if not is_text and schema.get("type") != "integer":
        raise spot.refuse(f"Keys of type `{_name(key)}` have no one JSON spelling", f"Use {_KEYS} as the key, or a list of pairs")


def _walk_class(cls: type, spot: _Spot) -> None:
    if cls in _CONTAINERS:
        raise spot.refuse(f"Bare `{_name(cls)}` does not say what it holds", _ITEMS)
    if cls is type:
        raise spot.refuse("`type` names a class", _CHOOSE)
    if cls in _STREAMS:
        raise spot.refuse(f"`{_name(cls)}` is a stream", _LIST)
    if issubclass(cls, UploadFile):
        raise spot.refuse("An uploaded file cannot be nested", "Make it a parameter of its own: UploadFile or list[UploadFile]")
    if issubclass(cls, enum.Enum):
        _check_enum(cls, spot)
    elif id(cls) not in spot.seen:
        spot.seen.add(id(cls))
        _walk_fields(cls, spot)


def _check_enum(cls: type[enum.Enum], spot: _Spot) -> None:
    if not list(cls):
        raise spot.refuse(f"The enumeration `{_name(cls)}` has no members", "Name a subclass with members")
    for member in cls:
        if not isinstance(member.value, (str, int)):
            raise spot.refuse(f"`{member}` has a value that is not JSON text or a whole number", "Give the members text values")


def _walk_fields(cls: type, spot: _Spot) -> None:
    if cls is BaseModel:
        raise spot.refuse("`BaseModel` itself has no fields", "Name the model")
    if issubclass(cls, BaseModel):
        _walk_model(cls, spot)
    elif is_dataclass(cls) or is_typeddict(cls) or (issubclass(cls, tuple) and hasattr(cls, "_fields")):
        for name, hint in _hints(cls, spot).items():
            _walk(_plain(hint), spot.into(f"{cls.__name__}.{name}"))


def _walk_model(cls: type[BaseModel], spot: _Spot) -> None:
    names: dict[str, str] = {}
    for name, info in cls.model_fields.items():
        alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name
        if alias in names:
            what = f"The fields `{names[alias]}` and `{name}` of {cls.__name__} share the name {alias!r} on the wire"
            raise spot.refuse(what, "Give each field its own alias")
        names[alias] = name
        _walk(_plain(info.annotation), spot.into(f"{cls.__name__}.{name}"), is_tagged=info.discriminator is not None)


def _hints(cls: type, spot: _Spot) -> dict[str, Any]:
    try:
        return resolved_hints(cls, include_extras=True)
    except NameError:
        return {}  # local names: Pydantic saw them at the class's definition, and is asked next
    except TypeError as error:
        raise spot.refuse(f"The annotations of {cls.__name__} cannot be read: {error}", "Correct them") from None


def _plain(hint: Any) -> Any:
    """Take the qualifiers of a field (`NotRequired`, `ClassVar`, `InitVar`…) off its type."""
    while get_origin(hint) in _QUALIFIERS:
        hint = get_args(hint)[0]
    return None if hint is typing.ClassVar else hint


_QUALIFIERS = frozenset(
    getattr(module, name)
    for module in (typing, __import__("typing_extensions"))
    for name in ("Required", "NotRequired", "ReadOnly", "Final", "ClassVar")
    if hasattr(module, name)
)


def _wire_kinds(member: Any) -> list[str]:
    """Give the JSON types that a union's member takes on the wire; options of a Literal claim none."""
    if member is types.NoneType or get_origin(member) is Literal:
        return []
    try:
        schema = json_schema(core_schema_of(member), "serialization")
    except (PydanticUserError, SchemaError, NameError, KeyError):
        return []
    branches = [_resolved(branch, schema) for branch in schema.get("anyOf") or schema.get("oneOf") or [schema]]
    types_of = [branch.get("type") for branch in branches]
    return list(dict.fromkeys(kind for kind in types_of if isinstance(kind, str) and kind != "null"))


def _resolved(branch: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = branch.get("$ref", "")
    found = schema.get("$defs", {}).get(reference.rpartition("/")[2]) if reference else branch
    return found if isinstance(found, dict) else {}


def _compiles(annotation: Any, spot: _Spot) -> None:
    """Ask Pydantic for a validator and for a JSON Schema in both directions."""
    try:
        schema = core_schema_of(annotation)
    except PydanticUndefinedAnnotation as error:
        raise spot.refuse(f"The name {error.name!r} cannot be resolved", "Import it at module level") from None
    except PydanticSchemaGenerationError as error:
        raise spot.refuse(f"`{_name(annotation)}` is not a type with a JSON form: {_first_line(error)}", _MODEL) from None
    except (PydanticUserError, SchemaError, TypeError, NameError) as error:
        raise spot.refuse(f"`{_name(annotation)}` cannot be validated: {_first_line(error)}", _MODEL) from None
    if spot_of_anything := _anything(schema):
        raise spot.refuse(f"`{_name(annotation)}` holds a value of {spot_of_anything}", _JSON)
    try:
        json_schema(schema, "validation")
        json_schema(schema, "serialization")
    except (PydanticInvalidForJsonSchema, PydanticUserError) as error:
        raise spot.refuse(f"`{_name(annotation)}` has no JSON Schema: {_first_line(error)}", _MODEL) from None


def _anything(schema: Any) -> str | None:
    """Name the first part of a core schema that takes values without a type, `JsonValue` excepted."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            kind = node.get("type")
            if kind == "any":
                return "any type"
            if kind == "is-instance" and "serialization" not in node:
                return f"the class `{_name(node.get('cls'))}`, which has no JSON form"
            if kind in ("callable", "is-subclass", "generator"):
                return f"kind `{kind}`"
            pending.extend(node[name] for name in node if name not in ("metadata", "serialization", *_opaque_half(node)))
        elif isinstance(node, (list, tuple)):
            pending.extend(node)
    return None


def _opaque_half(node: dict[str, Any]) -> tuple[str, ...]:
    """Name the halves that need no look: `JsonValue` from JSON, and instances of a class with a JSON half from Python."""
    if node.get("type") == "json-or-python":
        return ("json_schema", "python_schema") if node["json_schema"].get("type") == "any" else ("python_schema",)
    if node.get("type") == "lax-or-strict":
        return ("lax_schema",)
    return ("cls", "default", "expected", "members", "config", "function")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(" Set `arbitrary")[0]


def _name(annotation: Any) -> str:
    if get_args(annotation) or not hasattr(annotation, "__qualname__"):
        return str(annotation).replace("typing.", "")
    return str(annotation.__qualname__)
