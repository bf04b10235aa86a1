from __future__ import annotations

import enum
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AnyUrl, BaseModel, Field, SecretStr

from twofold.boundary import Arguments, BigInt, Parameter, Secret, Where
from twofold.boundary.patterns import html_pattern


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: Annotated[str, MinLen(1)]
    zip_code: Annotated[str, Field(alias="zip", max_length=5)]
    country: Color | None = None


class Line(BaseModel):
    sku: Annotated[str, MinLen(1)]
    qty: Annotated[int, Ge(1)] = 1


class Node(BaseModel):
    value: int
    next: Node | None = None


def spec_of(annotation: Any, name: str = "x", **default: Any) -> Any:
    return Arguments({"x": Parameter(annotation, **default)}, Where("app.py", 1, "f")).fields[name]


REQUIRED = {"required": True}

ATTRIBUTES: tuple[tuple[Any, dict[str, Any]], ...] = (
    (int, {"type": "number", **REQUIRED}),
    (int | None, {"type": "number"}),
    (Annotated[int, Ge(1), Le(100)], {"type": "number", "min": "1", "max": "100", **REQUIRED}),
    (Annotated[int, Gt(0), Lt(10)], {"type": "number", "min": "1", "max": "9", **REQUIRED}),
    (Annotated[int, Field(multiple_of=5)], {"type": "number", "step": "5", **REQUIRED}),
    (Annotated[int, Field(multiple_of=5, ge=10)], {"type": "number", "min": "10", "step": "5", **REQUIRED}),
    (Annotated[int, Field(multiple_of=5, ge=1)], {"type": "number", "min": "1", **REQUIRED}),
    (float, {"type": "number", "step": "any", **REQUIRED}),
    (Annotated[float, Ge(0.5), Lt(2)], {"type": "number", "step": "any", "min": "0.5", **REQUIRED}),
    (Annotated[float | None, Ge(0)], {"type": "number", "step": "any", "min": "0"}),
    (Decimal, {"type": "number", "step": "any", **REQUIRED}),
    (Annotated[Decimal, Field(ge=0, decimal_places=2)], {"type": "number", "step": "0.01", "min": "0", **REQUIRED}),
    (Annotated[Decimal, Field(ge=Decimal("0.005"), decimal_places=2)],
     {"type": "number", "step": "any", "min": "0.005", **REQUIRED}),
    (Annotated[Decimal, Field(decimal_places=0)], {"type": "number", "step": "1", **REQUIRED}),
    (str, {"type": "text"}),
    (Annotated[str, MinLen(2), MaxLen(9)], {"type": "text", "minlength": "2", "maxlength": "9", **REQUIRED}),
    (Annotated[str, Field(pattern=r"^[A-Z]-\d+$")], {"type": "text", "pattern": r"[A-Z]-\p{Nd}+"}),
    (Annotated[str, Field(pattern=r"\d+")], {"type": "text"}),
    (SecretStr, {"type": "password"}),
    (Annotated[str, Secret], {"type": "password"}),
    (Annotated[str, Secret, MinLen(8)], {"type": "password", "minlength": "8", **REQUIRED}),
    (date, {"type": "date", **REQUIRED}),
    (datetime, {"type": "datetime-local", **REQUIRED}),
    (time, {"type": "time", **REQUIRED}),
    (AnyUrl, {"type": "url", "minlength": "1", **REQUIRED}),
    (BigInt, {"type": "text", "inputmode": "numeric", "pattern": "-?(0|[1-9][0-9]{0,999})", **REQUIRED}),
    (bool, {"type": "checkbox"}),
    (Literal[True], {"type": "checkbox", **REQUIRED}),
    (Color, REQUIRED),
    (Color | None, {}),
    (Literal["a", "b"], REQUIRED),
    (Literal["", "b"], {}),
    (list[Color], {"multiple": True}),
    (list[str], {"type": "text"}),
)  # fmt: skip


@pytest.mark.parametrize(("annotation", "attrs"), ATTRIBUTES, ids=lambda value: str(value)[:60])
def test_an_annotation_becomes_the_attributes_of_its_input(annotation: Any, attrs: dict[str, Any]) -> None:
    assert spec_of(annotation).attrs == {"name": "x", **attrs}


@pytest.mark.parametrize(
    ("annotation", "options"),
    [(Color, ("red", "blue")), (Literal["a", 3], ("a", "3")), (Color | None, ("red", "blue")), (list[Color], ("red", "blue"))],
)
def test_closed_lists_are_selected_from(annotation: Any, options: tuple[str, ...]) -> None:
    spec = spec_of(annotation)
    assert (spec.type, spec.options) == ("select", options)


@pytest.mark.parametrize("annotation", [SecretStr, Annotated[str, Secret], SecretStr | None, Annotated[int, Secret]])
def test_secrets_are_marked(annotation: Any) -> None:
    assert spec_of(annotation).is_secret
    assert not spec_of(str).is_secret


def test_defaults_are_given_as_json() -> None:
    assert spec_of(Color, default=Color.BLUE).default == "blue"
    assert spec_of(Decimal, default=Decimal("1.50")).default == "1.50"
    assert spec_of(int | None, default=None).default is None
    assert spec_of(int).default is None
    assert not spec_of(int, default=3).required


def test_nested_fields_are_found_by_their_dotted_names() -> None:
    def order(address: Address, lines: list[Line], prices: dict[str, Decimal], gift: Address | None = None) -> None: ...

    fields = Arguments.of(order, names={"Address": Address, "Line": Line}).fields
    assert list(fields) == [
        "address.street", "address.zip", "address.country", "lines", "prices", "gift.street", "gift.zip", "gift.country",
    ]  # fmt: skip
    assert fields["address.street"].attrs == {"name": "address.street", "type": "text", "required": True, "minlength": "1"}
    assert fields["address.zip"].maxlength == 5
    assert fields["address.country"].options == ("red", "blue")
    assert fields["lines.12.sku"].required
    assert not fields["lines.12.qty"].required
    assert fields["lines.12.qty"].default == 1
    assert fields["prices.A-1"].type == "number"
    assert not fields["gift.street"].required


@pytest.mark.parametrize("name", ["", "other", "address", "x.y", "x.0", "__class__", "x."])
def test_unknown_names_are_no_fields(name: str) -> None:
    with pytest.raises(KeyError):
        spec_of(int, name)


def test_recursive_models_have_finite_names() -> None:
    fields = Arguments({"node": Parameter(Node)}, Where("app.py", 1, "f")).fields
    assert len(fields) < 20
    assert fields["node.next.next.value"].type == "number"


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [
        ("^[A-Z]{2}-[0-9]+$", "[A-Z]{2}-[0-9]+"),
        (r"^\d{4}$", r"\p{Nd}{4}"),
        (r"^[\d-]+$", r"[\p{Nd}\-]+"),
        (r"^a\.b\-c$", r"a\.b-c"),
        ("^(a|b)+?$", "(a|b)+?"),
        ("^(?:a|b)$", "(?:a|b)"),
        ("^[a-z_.+-]+@[a-z.-]+$", r"[a-z_.+\-]+@[a-z.\-]+"),
        ("^a.c$", r"a[^\n]c"),
        ("^[^<>]*$", "[^<>]*"),
        ("a", None),
        ("^a", None),
        ("a$", None),
        ("^a|b$", None),
        (r"^a\$", None),
        (r"^\w+$", None),
        (r"^\s$", None),
        (r"^a\b$", None),
        ("^(?i)a$", None),
        ("^(?=a)a$", None),
        ("^(?P<n>a)$", None),
        ("^[[:alpha:]]$", None),
        ("^[a-z&&[^b]]$", None),
        ("^[a&&b]$", None),
        ("^[a--b]$", None),
        ("^a{,3}$", None),
        (r"^\x41$", None),
        (r"^\p{L}$", None),
        ("^a)(b$", None),
        ("^é$", None),
    ],
)
def test_a_pattern_goes_to_html_only_where_it_means_the_same(pattern: str, translated: str | None) -> None:
    assert html_pattern(pattern) == translated


@pytest.mark.parametrize("pattern", ["^[A-Z]{2}-[0-9]+$", "^(a|b)+?$", "^[a-z_.+-]+@[a-z.-]+$", "^[^<>]*$", "^a.c$"])
@pytest.mark.parametrize("text", ["AB-12", "ab", "a.b@c", "", "abc", "<a>", "a\nc", "AB-", "b+c@d-e."])
def test_a_translated_pattern_takes_what_the_server_takes(pattern: str, text: str) -> None:
    translated = html_pattern(pattern)
    assert translated is not None
    assert bool(re.fullmatch(translated, text)) == bool(re.search(pattern.replace("$", r"\Z"), text))
