from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from twofold.boundary import Shape, parse_urlencoded
from twofold.boundary.coercion import convert, tree
from twofold.errors import ValidationFailed

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
TEXT = {"type": "string"}
NULL = {"type": "null"}
DATE = {"type": "string", "format": "date"}
DECIMAL = {"type": "string", "format": "decimal"}
MISSING = object()

CONVERSIONS: tuple[tuple[str, list[dict[str, Any]], Any], ...] = (
    ("5", [INTEGER], 5),
    ("-5", [INTEGER], -5),
    ("007", [INTEGER], 7),
    (" 5\n", [INTEGER], 5),
    ("+5", [INTEGER], "+5"),
    ("5.0", [INTEGER], "5.0"),
    ("1_000", [INTEGER], "1_000"),
    ("9" * 5000, [INTEGER], "9" * 5000),
    ("0x10", [INTEGER], "0x10"),
    ("1.5", [NUMBER], 1.5),
    ("1e3", [NUMBER], 1000.0),
    (".5", [NUMBER], 0.5),
    ("5.", [NUMBER], 5.0),
    ("1,5", [NUMBER], "1,5"),
    ("inf", [NUMBER], "inf"),
    ("1e999", [NUMBER], "1e999"),
    ("1.10", [NUMBER, DECIMAL], "1.10"),
    ("on", [BOOLEAN], True),
    ("TRUE", [BOOLEAN], True),
    ("1", [BOOLEAN], True),
    ("yes", [BOOLEAN], True),
    ("off", [BOOLEAN], False),
    ("0", [BOOLEAN], False),
    ("no", [BOOLEAN], False),
    ("false", [BOOLEAN], False),
    ("", [BOOLEAN], False),
    ("maybe", [BOOLEAN], "maybe"),
    ("", [BOOLEAN, NULL], None),
    ("", [INTEGER], MISSING),
    ("  ", [INTEGER], MISSING),
    ("", [INTEGER, NULL], None),
    ("", [TEXT], ""),
    ("", [TEXT, NULL], None),
    ("  ", [TEXT, NULL], "  "),
    (" a\r\nb ", [TEXT], " a\r\nb "),
    ("", [DATE], MISSING),
    (" 2030-01-01 ", [DATE], "2030-01-01"),
    ("", [{"enum": ["a", "b"], "type": "string"}], MISSING),
    ("", [{"enum": ["", "b"], "type": "string"}], ""),
    ("2", [{"enum": [1, 2], "type": "integer"}], 2),
    ("true", [{"const": True, "type": "boolean"}], True),
    ("c", [{"enum": ["a", "b"], "type": "string"}], "c"),
    ("5", [INTEGER, TEXT], 5),
    ("5x", [INTEGER, TEXT], "5x"),
)


@pytest.mark.parametrize(("text", "choices", "value"), CONVERSIONS)
def test_text_converts_by_the_table(text: str, choices: list[dict[str, Any]], value: Any) -> None:
    converted = convert(text, choices)
    if value is MISSING:
        assert type(converted) is object
    else:
        assert converted == value
        assert type(converted) is type(value)


class Row(BaseModel):
    name: str = ""
    qty: int = 0
    gift: bool = False


class Order(BaseModel):
    rows: list[Row] = []
    tags: list[str] = []
    point: tuple[int, int] = (0, 0)
    extra: dict[str, dict[str, int]] = {}
    parent: Order | None = None
    is_paid: bool = True


NOTHING: dict[str, Any] = {"rows": [], "tags": [], "extra": {}, "is_paid": False}
SCHEMA = Shape(Order).json_schema()


def coerced(form: str) -> Any:
    return tree(parse_urlencoded(form.encode()).pairs, SCHEMA)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", {}),
        ("rows.0.qty=1&rows.1.qty=2", {"rows": [{"qty": 1, "gift": False}, {"qty": 2, "gift": False}]}),
        ("rows.7.qty=2&rows.3.qty=1", {"rows": [{"qty": 1, "gift": False}, {"qty": 2, "gift": False}]}),
        ("rows.0.gift=on&rows.0.unknown=1", {"rows": [{"gift": True}]}),
        ("is_paid=0&is_paid=1", {"is_paid": True}),
        ("tags=a&tags=&tags=b", {"tags": ["a", "", "b"]}),
        ("tags.1=b&tags.0=a", {"tags": ["a", "b"]}),
        ("point=1&point=2", {"point": [1, 2]}),
        ("point=&point=2", {"point": [None, 2]}),
        ("extra.a.b=1&extra.a.c=2", {"extra": {"a": {"b": 1, "c": 2}}}),
        ("parent.tags=x&parent.parent.is_paid=1", {"parent": {**NOTHING, "tags": ["x"], "parent": {**NOTHING, "is_paid": True}}}),
        ("parent.tags=&parent.is_paid=", {"parent": None}),
        ("rows=text", {"rows": ["text"]}),
        ("rows.x.qty=1", {"rows": {"x": {"qty": "1"}}}),
        ("extra=1", {"extra": "1"}),
        ("_tf=1&_tf.rows=2&_tfx=1&unknown=1&rows_=1", {}),
        ("extra.__proto__.x=1", {"extra": {"__proto__": {"x": 1}}}),
    ],
)  # fmt: skip
def test_names_build_the_tree_that_the_schema_declares(form: str, expected: dict[str, Any]) -> None:
    result = coerced(form)
    assert result.problems == {}
    assert result.tree == {**NOTHING, **expected}


@pytest.mark.parametrize(
    ("form", "path", "message"),
    [
        ("tags=1&tags.0=2", "tags", "The field is sent both as one value and in parts"),
        ("rows.0=1&rows.0.qty=2", "rows.0", "The field is sent both as one value and in parts"),
        ("rows.999999999.qty=1", "rows.999999999", "Must be numbered from 0 to 999"),
        (f"rows.{'9' * 5000}.qty=1", f"rows.{'9' * 100}", "Must be numbered from 0 to 999"),
        ("rows.01.qty=1&rows.1.qty=1", "rows.01", "Must be numbered from 0 to 999"),
        ("rows..qty=1", "rows..qty", "The field's name is not valid"),
        ("rows.=1", "rows.", "The field's name is not valid"),
        ("parent" + ".parent" * 100 + "=1", "parent" + ".parent" * 31, "The field's name is not valid"),
    ],
)
def test_names_that_contradict_themselves_are_reported(form: str, path: str, message: str) -> None:
    assert coerced(form).problems == {path: [message]}
    with pytest.raises(ValidationFailed) as caught:
        Shape(Order).validate_form(parse_urlencoded(form.encode()))
    assert (caught.value.fields or {})[path] == [message]


@pytest.mark.parametrize("name", ["rows.²", "rows.٣", "rows.-1", "rows.1e3", "rows.0x1"])
def test_an_odd_number_is_not_an_index(name: str) -> None:
    with pytest.raises(ValidationFailed):
        Shape(Order).validate_form(parse_urlencoded(f"{name}.qty=1".encode()))


def test_a_form_reads_into_the_declared_type() -> None:
    order: Order = Shape[Order](Order).validate_form(parse_urlencoded(b"rows.3.name=x&rows.3.qty=2&parent.tags=a"))
    assert order == Order(rows=[Row(name="x", qty=2)], parent=Order(tags=["a"], is_paid=False), is_paid=False)


def test_failures_name_the_rows_as_the_form_numbered_them() -> None:
    with pytest.raises(ValidationFailed) as caught:
        Shape(Order).validate_form(parse_urlencoded(b"rows.5.qty=x&rows.2.qty=1&parent.rows.9.qty=y"))
    assert caught.value.fields == {"rows.5.qty": ["Must be a whole number"], "parent.rows.9.qty": ["Must be a whole number"]}
