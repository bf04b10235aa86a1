from __future__ import annotations

import asyncio
import enum
import json
import re
import typing as t
from collections import abc
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, TypeVar
from uuid import UUID

import pytest
from annotated_types import Ge, Le, MinLen
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, JsonValue, SecretStr
from starlette.datastructures import UploadFile
from typing_extensions import TypeAliasType, TypedDict

from twofold.boundary import Arguments, BigInt, Parameter, Secret, Shape, Where
from twofold.errors import ConfigurationError

WHERE = Where("app/actions.py", 12, "reserve", "thing")
T = TypeVar("T")


class Plain:
    pass


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Empty(enum.Enum):
    pass


class Odd(enum.Enum):
    PAIR = (1, 2)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class HoldsAny(BaseModel):
    value: Any


class HoldsBareDict(BaseModel):
    value: dict  # type: ignore[type-arg]


class Nested(BaseModel):
    inner: list[HoldsAny]


class HoldsPlain(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    value: Plain


class SharedAlias(BaseModel):
    one: int = Field(alias="same")
    two: int = Field(alias="same")


class HoldsFile(TypedDict):
    file: UploadFile


@dataclass
class DataclassAny:
    value: dict[str, Any]


class Tuple(NamedTuple):
    value: object


class Box(BaseModel, Generic[T]):
    content: T


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


@dataclass
class Point:
    x: int
    y: int = 0


class Range(NamedTuple):
    low: int
    high: int = 9


Sku = NewType("Sku", str)
Row = TypeAliasType("Row", "dict[str, int]")
AnyRow = TypeAliasType("AnyRow", "dict[str, Any]")

MISUSES: tuple[tuple[str, Any, str], ...] = (
    ("Any", Any, "accepts everything"),
    ("object", object, "accepts everything"),
    ("bare list", list, "does not say what it holds"),
    ("bare dict", dict, "does not say what it holds"),
    ("bare tuple", tuple, "does not say what it holds"),
    ("bare set", set, "does not say what it holds"),
    ("bare typing.List", t.List, "does not say what it holds"),  # noqa: UP006
    ("bare Sequence", abc.Sequence, "does not say what it holds"),
    ("list of Any", list[Any], "accepts everything"),
    ("dict to Any", dict[str, Any], "accepts everything"),
    ("deep Any", dict[str, list[tuple[int, Any]]], "accepts everything"),
    ("optional Any", list[Any] | None, "accepts everything"),
    ("annotated Any", Annotated[Any, MinLen(1)], "accepts everything"),
    ("model field of Any", HoldsAny, r"in HoldsAny\.value"),
    ("model field of bare dict", HoldsBareDict, r"in HoldsBareDict\.value"),
    ("nested model field of Any", Nested, r"in HoldsAny\.value"),
    ("dataclass field of Any", DataclassAny, "accepts everything"),
    ("named tuple field of object", Tuple, r"in Tuple\.value"),
    ("alias of Any", AnyRow, "any type"),
    ("arbitrary class", Plain, "not a type with a JSON form"),
    ("list of an arbitrary class", list[Plain], "not a type with a JSON form"),
    ("model with an arbitrary class", HoldsPlain, "no JSON form"),
    ("exception", ValueError, "not a type with a JSON form"),
    ("task", asyncio.Task[int], "not a type with a JSON form"),
    ("callable", abc.Callable[[int], int], "callable cannot cross"),
    ("bare callable", t.Callable, "callable cannot cross"),
    ("class", type, "names a class"),
    ("class of", type[int], "names a class"),
    ("type variable", T, "stands for no type"),
    ("type variable inside", list[T], "does not say what it holds"),
    ("unfilled generic model", Box, "stands for no type"),
    ("generator", abc.Generator[int, None, None], "is a stream"),
    ("iterator", abc.Iterator[int], "is a stream"),
    ("iterable", abc.Iterable[int], "is a stream"),
    ("async iterator", abc.AsyncIterator[int], "is a stream"),
    ("awaitable", abc.Awaitable[int], "is a stream"),
    ("coroutine", abc.Coroutine[None, None, int], "is a stream"),
    ("module", json, "is a module"),
    ("function", json.dumps, "is a function"),
    ("number", 5, "not a type"),
    ("never", t.Never, "has no values"),
    ("unresolved name", "Unknown", "cannot be resolved"),
    ("no JSON Schema", range, "not a type with a JSON form"),
    ("bytearray", bytearray, "not a type with a JSON form"),
    ("bare enum", enum.Enum, "has no members"),
    ("enum without members", Empty, "has no members"),
    ("enum of tuples", Odd, "not JSON text"),
    ("literal bytes", Literal[b"a"], "is not JSON"),
    ("bytes or text", bytes | str, "both a JSON string"),
    ("date or text", date | str, "both a JSON string"),
    ("date or datetime", date | datetime, "both a JSON string"),
    ("decimal or text", Decimal | str | None, "both a JSON string"),
    ("list or set", list[int] | set[int], "both a JSON array"),
    ("models without a tag", Cat | Dog, "both a JSON object"),
    ("nested union without a tag", list[Cat | Dog], "both a JSON object"),
    ("keys of a model", dict[tuple[int, int], str], "no one JSON spelling"),
    ("keys of bytes", dict[bytes, int], "no one JSON spelling"),
    ("keys of floats", dict[float, int], "no one JSON spelling"),
    ("base model", BaseModel, "has no fields"),
    ("fields that share a name", SharedAlias, "share the name 'same'"),
    ("nested file", list[list[UploadFile]], "cannot be nested"),
    ("file in a TypedDict", HoldsFile, "cannot be nested"),
)

ALLOWED: tuple[Any, ...] = (
    None, bool, int, float, str, bytes, datetime, date, time, timedelta, Decimal, UUID, Color, Literal["a", 1] | None, Sku, Row,
    list[int], set[str], frozenset[UUID], tuple[int, ...], tuple[int, str], dict[str, int], dict[int, str], dict[UUID, Point],
    dict[Color, int], abc.Sequence[int], abc.Mapping[str, int], int | str, int | float, int | None, list[Cat] | None,
    Annotated[Cat | Dog, Field(discriminator="kind")], list[Annotated[Cat | Dog, Field(discriminator="kind")]],
    Annotated[int, Ge(1), Le(100)], BigInt, Annotated[str, Secret], SecretStr, AnyUrl, JsonValue, list[JsonValue],
    Tree, Movie, Point, Range, Box[int], Literal["a"] | UUID,
)  # fmt: skip


@pytest.mark.parametrize(("annotation", "what"), [row[1:] for row in MISUSES], ids=[row[0] for row in MISUSES])
def test_misuse_is_refused_with_place_and_remedy(annotation: Any, what: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Shape(annotation, WHERE)
    message = str(caught.value)
    assert message.startswith("app/actions.py:12: reserve(), parameter `thing`: ")
    assert re.search(what, message), message
    assert re.search(r"\. [A-Z`][^.]+", message), f"no remedy: {message}"


@pytest.mark.parametrize("annotation", ALLOWED, ids=str)
def test_rich_types_are_allowed_as_parameters_and_results(annotation: Any) -> None:
    Shape(annotation, WHERE.at("return"))
    Arguments({"thing": Parameter(annotation)}, WHERE)


def takes_many(*names: str) -> None: ...
def takes_any_names(**names: str) -> None: ...
def positional_only(name: str, /) -> None: ...
def unannotated(name) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
def unresolved(name: Unknown) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def mutable(name: list[int] = []) -> None: ...  # noqa: B006
def wrong_default(name: int = "one") -> None: ...  # type: ignore[assignment]
def none_default(name: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013
def out_of_range_default(name: Annotated[int, Ge(1)] = 0) -> None: ...
def field_default(name: int = Field(3)) -> None: ...
def aliased(name: Annotated[int, Field(alias="other")]) -> None: ...
def reserved(_tf_name: int) -> None: ...
def file_default(name: UploadFile = "x") -> None: ...  # type: ignore[assignment]
def nested_any(name: list[Any]) -> None: ...


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (takes_many, "any number of arguments"),
        (takes_any_names, "takes any names"),
        (positional_only, "positional-only"),
        (unannotated, "no annotation"),
        (unresolved, "'Unknown' cannot be resolved"),
        (mutable, "shared by all calls"),
        (wrong_default, "default does not fit"),
        (none_default, r"default does not fit the annotation. Add `\| None`"),
        (out_of_range_default, "default does not fit"),
        (field_default, "default does not fit"),
        (aliased, "has an alias"),
        (reserved, "belong to the framework"),
        (file_default, "default does not fit"),
        (nested_any, "accepts everything"),
    ],
)
def test_a_function_that_cannot_be_a_boundary_is_refused_where_it_stands(function: Any, what: str) -> None:
    line = function.__code__.co_firstlineno
    with pytest.raises(ConfigurationError, match=what) as caught:
        Arguments.of(function)
    parameter = next(iter(function.__annotations__), "name")
    parameter = "name" if parameter == "return" else parameter
    assert str(caught.value).startswith(f"{Path(__file__)}:{line}: {function.__name__}(), parameter `{parameter}`: ")


def test_skipped_parameters_are_not_judged() -> None:
    def endpoint(request: Any, sku: str) -> None: ...

    assert Arguments.of(endpoint, skip={"request"}).names == ("sku",)


def test_local_names_resolve_with_the_callers_names() -> None:
    class Local(BaseModel):
        value: int

    def endpoint(local: Local) -> None: ...

    with pytest.raises(ConfigurationError, match="'Local' cannot be resolved"):
        Arguments.of(endpoint)
    assert Arguments.of(endpoint, names=locals()).names == ("local",)
