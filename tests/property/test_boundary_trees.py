"""The decoded tree is read as its text is: what one takes the other takes, and both give the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, RootModel, ValidationError
from typing_extensions import TypedDict

from twofold.boundary import compile as compiling
from twofold.boundary import dumps
from twofold.boundary.strict_json import screen
from twofold.boundary.trees import tree_validator


class Line(BaseModel):
    sku: Annotated[str, Field(pattern="^[a-z]+$", max_length=3)]
    count: Annotated[int, Field(ge=1)] = 1


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int | None = None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    text: str = Field(alias="a")
    flag: bool = False


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    a: float
    line: Line | None = None


class Node(BaseModel):
    a: str
    next: Node | None = None


@dataclass
class Point:
    a: int
    sku: float = 0.5
    rows: list[str] = field(default_factory=list)


class Movie(TypedDict):
    a: Literal["x", "y"]
    sku: NotRequired[dict[str, int]]


ALIKE = [
    str, int, float, bool, None, Line, Open, Closed, Strict, Node, Point, Movie, list[Line], list[list[float]], dict[str, bool],
    dict[str, list[Line]],
    Annotated[str, Field(min_length=1)], Annotated[float, Field(gt=0, lt=2)], Literal["x", "y"], int | None,
]  # fmt: skip

SCALARS = st.sampled_from([
    None, True, False, 0, 1, -1, 2**53, -(2**53), 2**70, 0.0, 1.0, -0.0, 1.5, 1e308, "", "a", "x", "abc", "abcd", "1", "1.5",
    "true", " x ", "é", "\0", "2030-01-01",
])  # fmt: skip
NAMES = st.sampled_from(["a", "sku", "count", "text", "flag", "line", "next", "rows", "zzz"])
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8)


def read(validate: Any, given: Any) -> Any:
    try:
        return repr(validate(given))  # tells 1 from 1.0 and True, and 0.0 from -0.0
    except ValidationError:
        return None


@pytest.mark.parametrize("annotation", ALIKE, ids=str)
@settings(max_examples=100)
@given(tree=TREES)
def test_a_tree_is_read_as_its_text_is(annotation: Any, tree: Any) -> None:
    schema = compiling.core_schema_of(annotation)
    of_tree = tree_validator(schema)
    assert of_tree is not None
    of_text = compiling.validator(compiling.strict(schema))
    raw = dumps(tree)
    assert read(of_tree.validate_python, screen(raw)) == read(lambda one: of_text.validate_json(one, strict=True), raw)


OTHERWISE = [
    date, bytes, Decimal, set[int], tuple[int, str], int | str, JsonValue, Literal[1], dict[int, str], RootModel[str],
    Annotated[str, AfterValidator(str.strip)], list[dict[str, date]],
]  # fmt: skip


@pytest.mark.parametrize("annotation", OTHERWISE, ids=str)
def test_what_means_something_else_in_python_is_read_from_text_only(annotation: Any) -> None:
    assert tree_validator(compiling.core_schema_of(annotation)) is None
