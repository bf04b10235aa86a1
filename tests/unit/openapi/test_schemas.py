"""Types as schemas: each model once, as strict as the boundary, under names that are told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, make_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, Field, NaiveDatetime

from twofold import BigInt, ValidationFailed
from twofold.boundary import Shape
from twofold.openapi.schemas import TypeSchemas, without_null

T = TypeVar("T")
SAFE = 2**53 - 1


def of(annotation: Any, direction: Literal["input", "output"] = "input") -> dict[str, Any]:
    return TypeSchemas([(annotation, direction)]).of(annotation, direction)


class Colour(Enum):
    RED = "red"


@dataclass
class Silent:
    x: int


@dataclass
class Told:
    """What it is."""

    x: int


INTEGER = {"type": "integer", "format": "int64"}
SCHEMAS: list[tuple[Any, dict[str, Any]]] = [
    (int, {**INTEGER, "minimum": -SAFE, "maximum": SAFE}),
    (Annotated[int, Ge(1), Le(5)], {**INTEGER, "minimum": 1, "maximum": 5}),
    (Annotated[int, Gt(0)], {**INTEGER, "exclusiveMinimum": 0, "maximum": SAFE}),
    (Annotated[int, Le(2**60)], {**INTEGER, "minimum": -SAFE, "maximum": SAFE}),
    (BigInt, {"type": "string", "format": "bigint", "pattern": "^-?(0|[1-9][0-9]{0,999})$"}),
    (datetime, {"type": "string", "format": "date-time"}),
    (AwareDatetime, {"type": "string", "format": "date-time"}),
    (NaiveDatetime, {"type": "string", "format": "date-time-local"}),
    (Literal["a"], {"const": "a", "type": "string"}),
    (list[bool], {"type": "array", "items": {"type": "boolean"}}),
    (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
    (Colour, {"$ref": "#/components/schemas/Colour"}),
]


@pytest.mark.parametrize(("annotation", "schema"), SCHEMAS)
def test_a_type_has_the_schema_of_its_wire_form(annotation: Any, schema: dict[str, Any]) -> None:
    assert of(annotation) == schema


BYTES = [b"", b"a", b"ab", b"abc", b"\xff\xfe\xfd\xfc"]


@pytest.mark.parametrize("value", BYTES)
def test_bytes_are_base64_text_of_the_length_that_their_limits_have_there(value: bytes) -> None:
    annotation = Annotated[bytes, MinLen(len(value)), MaxLen(len(value))]
    schema = of(annotation)
    text = Shape(annotation).to_tree(value)
    assert schema["minLength"] <= len(text) <= schema["maxLength"]
    assert re.search(schema["pattern"], text)


@pytest.mark.parametrize("text", ["A", "AB", "A===", "====", "A A=", "AAAB=", "00", "AAA~"])
def test_text_that_is_no_base64_is_none_in_the_schema_either(text: str) -> None:
    with pytest.raises(ValidationFailed):
        Shape(bytes).validate_tree(text)
    assert not re.search(of(bytes)["pattern"], text)


@pytest.mark.parametrize("text", ["AA", "AA==", "-_8=", "+/8=", "-_8", ""])
def test_base64_in_either_alphabet_is_allowed(text: str) -> None:
    Shape(bytes).validate_tree(text)
    assert re.search(of(bytes)["pattern"], text)


DECIMALS: list[tuple[Any, str]] = [
    (Decimal, "1"), (Decimal, "-1.5"), (Decimal, ".5"), (Decimal, "5."), (Decimal, "1E+5"), (Decimal, "abc"), (Decimal, ""),
    (Decimal, "NaN"), (Decimal, "Infinity"), (Annotated[Decimal, Field(decimal_places=2)], "1.55"),
    (Annotated[Decimal, Field(decimal_places=2)], "1.555"), (Annotated[Decimal, Field(max_digits=4, decimal_places=2)], "99.99"),
    (Annotated[Decimal, Field(max_digits=4, decimal_places=2)], "100"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "text"), DECIMALS)
def test_the_schema_tells_decimal_text_as_the_boundary_does(annotation: Any, text: str) -> None:
    pattern = of(annotation)["anyOf"][1]["pattern"]
    try:
        Shape(annotation).validate_tree(text)
        is_valid = True
    except ValidationFailed:
        is_valid = False
    assert bool(re.search(pattern, text)) is is_valid


def test_a_written_decimal_is_text_that_may_have_an_exponent() -> None:
    schema = of(Annotated[Decimal, Field(decimal_places=2)], "output")
    assert schema["type"] == "string"
    assert re.search(schema["pattern"], Shape(Decimal).to_tree(Decimal("1E+5")))


def test_defaults_are_as_the_wire_has_them() -> None:
    class Model(BaseModel):
        raw: bytes = b"\xff\xff"
        price: Decimal = Decimal("1.50")
        colour: Colour = Colour.RED

    properties = TypeSchemas([(Model, "input")]).definitions["Model"]["properties"]
    assert [properties[name]["default"] for name in properties] == ["__8=", "1.50", "red"]


def test_a_dataclass_is_described_by_its_own_docstring_only() -> None:
    found = TypeSchemas([(Silent, "input"), (Told, "input")]).definitions
    assert "description" not in found["Silent"]
    assert found["Told"]["description"] == "What it is."


def test_no_property_repeats_its_name_as_a_title() -> None:
    assert "title" not in TypeSchemas([(Told, "input")]).definitions["Told"]["properties"]["x"]


# Names


class Plain(BaseModel):
    x: str


class Defaulted(BaseModel):
    x: str = ""


class Tree(BaseModel):
    children: list[Tree]


class Outer(BaseModel):
    inner: Defaulted


class Boxed(BaseModel, Generic[T]):
    value: T


BOTH = [
    (Plain, {"Plain"}),
    (Tree, {"Tree"}),
    (Defaulted, {"Defaulted-Input", "Defaulted-Output"}),
    (Outer, {"Outer-Input", "Outer-Output", "Defaulted-Input", "Defaulted-Output"}),
    (Boxed[int], {"Boxed_int_"}),
]


@pytest.mark.parametrize(("model", "names"), BOTH)
def test_a_model_has_two_names_only_where_it_is_written_otherwise_than_it_is_read(model: Any, names: set[str]) -> None:
    assert set(TypeSchemas([(model, "input"), (model, "output")]).definitions) == names


def test_whatever_is_written_has_all_its_fields() -> None:
    found = TypeSchemas([(Defaulted, "input"), (Defaulted, "output")]).definitions
    assert "required" not in found["Defaulted-Input"]
    assert found["Defaulted-Output"]["required"] == ["x"]


def namesakes() -> tuple[type, type]:
    return (
        make_dataclass("Item", [("x", int)], namespace={"__module__": "shop.stock"}),
        make_dataclass("Item", [("x", str)], namespace={"__module__": "shop.orders"}),
    )


def test_models_of_one_name_are_told_apart_in_any_order() -> None:
    one, other = namesakes()
    forwards = TypeSchemas([(one, "input"), (other, "input")])
    backwards = TypeSchemas([(other, "input"), (one, "input")])
    assert len(forwards.definitions) == 2
    assert forwards.definitions == backwards.definitions
    assert forwards.of(one, "input") == backwards.of(one, "input")


def test_every_reference_leads_to_a_definition() -> None:
    types = TypeSchemas([(Outer, "input"), (Outer, "output"), (Tree, "input"), (Tree, "output"), (Boxed[Tree], "output")])
    references = set(re.findall(r"#/components/schemas/([^'\"]+)", str(types.definitions)))
    assert references <= types.definitions.keys()


NULLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "string"}, {"type": "string"}),
    ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}, {"type": "string"}),
    ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": "a"}, {"type": "string", "default": "a"}),
    (
        {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}], "description": "b"},
        {"anyOf": [{"type": "string"}, {"type": "number"}], "description": "b"},
    ),
]


@pytest.mark.parametrize(("schema", "without"), NULLS)
def test_null_is_nothing_that_text_can_be(schema: dict[str, Any], without: dict[str, Any]) -> None:
    assert without_null(schema) == without
