from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge
from pydantic import BaseModel, Field, JsonValue, SecretStr

from twofold.boundary import BigInt, Shape, Where
from twofold.errors import ContractError, ValidationFailed


class Item(BaseModel):
    price: Decimal
    data: bytes = b""
    number: int = 0


class Detailed(Item):
    internal: str = "secret"


@dataclass
class Pair:
    one: bytes
    other: BigInt


class Named(BaseModel):
    zip_code: str = Field(alias="zip")


@pytest.mark.parametrize(
    ("annotation", "value", "raw"),
    [
        (None, None, b"null"),
        (Decimal, Decimal("1.10"), b'"1.10"'),
        (bytes, b"\xff\xfe", b'"__4="'),
        (Item, Item(price=Decimal(2), data=b"\xff"), b'{"price":"2","data":"_w==","number":0}'),
        (Pair, Pair(b"\xff", 2**70), b'{"one":"_w==","other":"1180591620717411303424"}'),
        (list[Pair], [Pair(b"", -1)], b'[{"one":"","other":"-1"}]'),
        (Named, Named(zip="x"), b'{"zip":"x"}'),
        (datetime, datetime(2030, 1, 1, tzinfo=UTC), b'"2030-01-01T00:00:00Z"'),
        (timedelta, timedelta(minutes=15), b'"PT15M"'),
        (set[int], {1}, b"[1]"),
        (Item | None, None, b"null"),
        (Item, Detailed(price=Decimal(2)), b'{"price":"2","data":"","number":0}'),
        (SecretStr, SecretStr("hush"), b'"**********"'),
    ],
)
def test_a_value_is_written_by_its_declared_type(annotation: Any, value: Any, raw: bytes) -> None:
    assert Shape(annotation).to_json(value) == raw


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, "1"),
        (int, 1.0),
        (int, 2**53),
        (float, math.nan),
        (float, math.inf),
        (str, b"x"),
        (Item, {"price": 1.5}),
        (Item, Item.model_construct(price="free")),
        (Item, Item.model_construct()),
        (list[Item], (Item(price=Decimal(1)),)),
        (Annotated[int, Ge(1)], 0),
        (Literal["a"], "b"),
        (date, datetime(2030, 1, 1, tzinfo=UTC)),
        (JsonValue, {"a": math.inf}),
        (JsonValue, {"a": object()}),
        (None, 1),
    ],
)
def test_a_result_that_does_not_fit_is_the_servers_fault(annotation: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=r"app\.py:3: stock\(\), return annotation: the value does not fit") as caught:
        Shape(annotation, Where("app.py", 3, "stock", "return")).to_json(value)
    assert not isinstance(caught.value, ContractError)


@pytest.mark.parametrize(
    ("annotation", "raw"),
    [
        (int, b'"3"'), (int, b"3.0"), (int, b"true"), (int, b"9007199254740992"), (int, b"-9007199254740992"),
        (float, b'"1.5"'), (float, b"1e400"), (float, b"true"), (bool, b"1"), (bool, b'"true"'), (str, b"1"), (str, b"null"),
        (list[int], b'{"0":1}'), (set[int], b'"x"'), (date, b"5"), (date, b'"1577836800"'), (datetime, b"5"), (datetime, b'"-5"'),
        (Decimal, b'"NaN"'), (Decimal, b'"Infinity"'), (Decimal, b"1e400"), (timedelta, b"5"), (bytes, b'"\xc3\xa9"'),
        (JsonValue, b'{"a":1e400}'), (JsonValue, b"9007199254740992"), (BigInt, b'"1.0"'), (BigInt, b'" 1"'), (BigInt, b'"01"'),
        (BigInt, b"1.0"), (BigInt, b"true"), (BigInt, b'"' + b"9" * 1001 + b'"'), (BigInt, b'"-0x1"'),
        (Item, b'{"price":"1","number":"1"}'),
        (dict[str, float], b'{"a":1e999}'), (Literal[1], b"true"), (Literal[1], b"1.0"), (Literal[True], b"1"),
    ],
)  # fmt: skip
def test_json_is_not_stretched_to_fit(annotation: Any, raw: bytes) -> None:
    with pytest.raises(ValidationFailed):
        Shape(annotation).validate_json(raw)


@pytest.mark.parametrize("value", [0, -1, 2**53, -(2**64), 10**999])
def test_a_bigint_is_digits_on_the_wire_and_exact(value: int) -> None:
    shape: Shape[int] = Shape(BigInt)
    assert shape.to_json(value) == f'"{value}"'.encode()
    assert shape.validate_json(shape.to_json(value)) == value
    assert shape.validate_json(str(value).encode()) == value
    assert shape.validate_python(value) == value


def test_a_bigint_keeps_other_constraints() -> None:
    shape: Shape[int] = Shape(Annotated[BigInt, Ge(10)])
    assert shape.validate_json(b'"10"') == 10
    with pytest.raises(ValidationFailed) as caught:
        shape.validate_json(b'"9"')
    assert caught.value.fields == {"": ["Must be at least 10"]}


def test_bigints_never_reach_the_interpreters_digit_limit() -> None:
    with pytest.raises(ValidationFailed):
        Shape(BigInt).validate_python(10**1000)
    assert sys.get_int_max_str_digits() > 1000


def test_the_tree_of_a_value_is_plain_json() -> None:
    assert Shape(Item).to_tree(Item(price=Decimal("1.5"))) == {"price": "1.5", "data": "", "number": 0}


def test_the_hash_is_short_and_stable() -> None:
    assert Shape(int).schema_hash == Shape(Annotated[int, Field(title="T", description="D")]).schema_hash
    assert len(Shape(int).schema_hash) == 16
    assert Shape(int).schema_hash != Shape(str).schema_hash


def test_bytes_are_base64_in_the_schema_of_nested_models_too() -> None:
    schema = Shape(Item).json_schema()
    assert schema["properties"]["data"]["format"] == "base64url"
    assert schema["properties"]["price"]["anyOf"][1] == {"type": "string", "format": "decimal"}
    assert Shape(Item).json_schema("serialization")["properties"]["price"] == {
        "type": "string", "format": "decimal", "title": "Price",
    }  # fmt: skip
