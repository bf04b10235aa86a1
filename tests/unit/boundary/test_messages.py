from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal, NamedTuple, get_args

import pytest
from annotated_types import Ge, MaxLen, MinLen
from pydantic import AnyUrl, AwareDatetime, BaseModel, Field, JsonValue, PastDate, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ErrorType

from twofold.boundary import Shape, dumps
from twofold.boundary.messages import MAX_FIELDS, MESSAGES
from twofold.boundary.places import place_of, spelled
from twofold.errors import ValidationFailed


class Range(NamedTuple):
    low: int
    high: int


class Inner(BaseModel):
    int: Annotated[int, Ge(1)]


def fields_of(annotation: Any, tree: Any) -> Any:
    with pytest.raises(ValidationFailed) as caught:
        Shape(annotation).validate_tree(tree)
    return caught.value.fields


@pytest.mark.parametrize(
    ("annotation", "tree", "fields"),
    [
        (int, "x", {"": ["Must be a whole number"]}),
        (list[int], [1, "x"], {"1": ["Must be a whole number"]}),
        (dict[str, list[int]], {"a.b": [1, None]}, {"a.b.1": ["Must be a whole number"]}),
        (Range, ["x", 1], {"0": ["Must be a whole number"]}),
        (tuple[int, str], [1], {"1": ["Required"]}),
        (tuple[int, str], [1, "a", 2], {"": ["Must have at most 2 items"]}),
        (Annotated[list[int], MinLen(1)], [], {"": ["Must have at least 1 item"]}),
        (Annotated[list[int], MaxLen(1)], [1, 2], {"": ["Must have at most 1 item"]}),
        (int | str, [], {"": ["Must be a whole number", "Must be text"]}),
        (int | list[Inner], [{"int": 0}], {"": ["Must be a whole number"], "0.int": ["Must be at least 1"]}),
        (Inner | int, {"int": 0}, {"int": ["Must be at least 1"], "": ["Must be a whole number"]}),
        (list[Inner] | None, [{}], {"0.int": ["Required"]}),
        (AnyUrl, "x", {"": ["Must be a URL"]}),
        (IPv4Address, "x", {"": ["Must be an IP address"]}),
        (AwareDatetime, "2030-01-01T00:00", {"": ["Must have a time zone"]}),
        (PastDate, "2999-01-01", {"": ["Must be in the past"]}),
        (bytes, "?", {"": ["Must be base64 text"]}),
        (JsonValue, 2**60, {"": [f"Must be at most {2**53 - 1}"]}),
        (list[JsonValue], [1, {"a": [2**60]}], {"1.a.0": [f"Must be at most {2**53 - 1}"]}),
        (dict[date, int], {"x": 1}, {"x": ["Must be a date, like 2030-12-31"]}),
        (Annotated[Decimal, Field(max_digits=3)], "12345", {"": ["Must have at most 3 digits"]}),
    ],
)
def test_a_failure_is_under_its_full_input_path(annotation: Any, tree: Any, fields: dict[str, list[str]]) -> None:
    assert fields_of(annotation, tree) == fields


def test_every_error_of_pydantic_that_a_caller_can_cause_has_a_message() -> None:
    of_the_app = {"value_error", "assertion_error", "is_instance_of"}
    not_of_callers = {
        "callable_type", "default_factory_not_called", "ellipsis_error", "frozen_field", "frozen_instance", "get_attribute_error",
        "is_subclass_of", "iteration_error", "json_invalid", "json_type", "missing_keyword_only_argument",
        "missing_positional_only_argument", "missing_sentinel_error", "multiple_argument_values", "needs_python_object",
        "unexpected_positional_argument",
    }  # fmt: skip
    assert set(get_args(ErrorType)) - set(MESSAGES) == of_the_app | not_of_callers


def test_templates_only_use_what_the_error_tells() -> None:
    numbers = {"gt", "ge", "lt", "le", "multiple_of", "max_digits", "decimal_places", "whole_digits", "min_length", "max_length"}
    words = {"expected", "expected_tags", "expected_version", "expected_schemes", "characters", "bytes", "items"}
    for template in MESSAGES.values():
        assert set(re.findall(r"\{(\w+)\}", template)) <= numbers | words


def test_a_long_list_of_options_is_not_repeated() -> None:
    options = tuple(f"option-{number}" for number in range(100))
    assert fields_of(Literal[options], "x") == {"": ["Must be one of the options"]}


class Judged(BaseModel):
    text: str

    @field_validator("text")
    @classmethod
    def judge(cls, text: str) -> str:
        if text == "ask":
            raise ValueError("Ask, and you get")
        if text == "empty":
            raise AssertionError
        if text == "own":
            raise PydanticCustomError("own_type", "Own words for {what}", {"what": "this"})
        return str(int(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [("ask", "Ask, and you get"), ("empty", "Not valid"), ("own", "Own words for this"), ("canary", "Not valid")],
)
def test_the_apps_own_words_are_kept_unless_they_quote_the_value(text: str, message: str) -> None:
    assert fields_of(Judged, {"text": text}) == {"text": [message]}


def test_a_hostile_list_does_not_become_a_larger_answer() -> None:
    assert len(fields_of(list[int], ["x"] * 5000)) == MAX_FIELDS


@pytest.mark.parametrize(("rows", "reported"), [(3000, 999), (20_000, 1)])
def test_all_failures_of_a_list_are_reported_up_to_a_budget(rows: int, reported: int) -> None:
    tree = [{"int": 1}, *[{"int": 0}] * rows]
    fields = fields_of(list[Inner], tree)
    assert len(fields) >= reported
    assert fields["1.int"] == ["Must be at least 1"]
    assert Shape(list[Inner]).validate_tree([{"int": 1}] * rows) == [Inner(int=1)] * rows


def test_the_first_failures_of_an_oversized_list_are_those_of_its_first_wrong_item() -> None:
    class Wide(BaseModel):
        a: int
        b: int
        c: dict[str, list[int]]

    tree = {"a": [{}] * 50_000, "b": [], "c": [{"a": 1, "b": "x", "c": {"k": ["y", "z"]}}] * 2}
    assert list(fields_of(dict[str, list[Wide]], tree)) == ["a.0.a", "a.0.b", "a.0.c", "c.0.b", "c.0.c.k.0"]


def test_a_long_name_is_cut() -> None:
    [path] = fields_of(dict[str, int], {"n" * 10_000: "x"})
    assert path == "n" * 100


@pytest.mark.parametrize(
    ("loc", "tree", "place"),
    [
        (("pet", "cat", "lives"), {"pet": {"lives": 1}}, ("pet", "lives")),
        (("u", "int"), {"u": "x"}, ("u",)),
        (("u", "function-after[check(), int]"), {"u": "x"}, ("u",)),
        (("m", "k", "[key]"), {"m": {"k": 1}}, ("m", "k")),
        (("s", 3), {"s": {1, 2}}, ("s", 3)),
        (("l", 9), {"l": [1]}, ("l",)),
        (("l", -1), {"l": [1]}, ("l",)),
    ],
)
def test_labels_that_the_input_does_not_have_are_left_out(loc: Any, tree: Any, place: Any) -> None:
    assert place_of({"type": "int_type", "loc": loc, "msg": "", "input": None}, tree) == place


def test_rows_are_named_as_the_form_numbered_them() -> None:
    assert spelled(("items", 1, "parts", 0), {("items",): [3, 7], ("items", 1, "parts"): [9]}) == "items.7.parts.9"


def test_a_lists_failures_keep_their_order() -> None:
    with pytest.raises(ValidationFailed) as caught:
        Shape(list[datetime]).validate_json(dumps(["x"] * 12))
    assert list(caught.value.fields or {}) == [str(index) for index in range(12)]
