"""One value, or one fault, through every door: the same result and the same words under the same path."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, Field, SecretStr, field_validator

from twofold.boundary import Arguments, BigInt, dumps, parse_urlencoded
from twofold.errors import ValidationFailed


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    street: Annotated[str, MinLen(1)]
    zip_code: Annotated[str, Field(alias="zip", min_length=4)]
    is_home: bool = False


@dataclass
class Line:
    sku: str
    qty: Annotated[int, Ge(1)]
    notes: list[str] = field(default_factory=list)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str] = []


class Even(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("Must be even")
        return value


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def quantity(quantity: Annotated[int, Ge(1), Le(100)]) -> None: ...
def ratio(ratio: Annotated[float, Field(gt=0, lt=1)]) -> None: ...
def price(price: Annotated[Decimal, Field(max_digits=6, decimal_places=2)]) -> None: ...
def text(text: Annotated[str, MinLen(2), MaxLen(4)]) -> None: ...
def code(code: Annotated[str, Field(pattern="^[A-Z]-[0-9]+$")]) -> None: ...
def tick(tick: bool) -> None: ...
def color(color: Color) -> None: ...
def level(level: Level) -> None: ...
def size(size: Literal["s", "m", 3]) -> None: ...
def day(day: date) -> None: ...
def at(at: datetime) -> None: ...
def clock(clock: time) -> None: ...
def span(span: timedelta) -> None: ...
def key(key: UUID) -> None: ...
def large(large: BigInt) -> None: ...
def secret(secret: SecretStr) -> None: ...
def maybe(maybe: int | None) -> None: ...
def maybe_text(maybe: str | None = None) -> None: ...
def either(either: int | str) -> None: ...
def numbers(numbers: list[int]) -> None: ...
def unique(unique: set[str]) -> None: ...
def pair(pair: tuple[int, str]) -> None: ...
def prices(prices: dict[str, Decimal]) -> None: ...
def counts(counts: dict[int, int]) -> None: ...
def address(address: Address) -> None: ...
def maybe_address(address: Address | None) -> None: ...
def lines(lines: list[Line]) -> None: ...
def pet(pet: Pet) -> None: ...
def even(even: Even) -> None: ...
def deep(lines: list[Line], address: Address, pet: Pet, color: Color = Color.RED) -> None: ...


HOME_TREE = {"street": "Main", "zip": "1234", "is_home": True}
HOME = Address(street="Main", zip="1234", is_home=True)

# function, the form's pairs, the JSON, the Python value
VALUES: tuple[tuple[Any, str, Any, Any], ...] = (
    (quantity, "quantity=5", 5, 5),
    (ratio, "ratio=.5", 0.5, 0.5),
    (price, "price=1.10", "1.10", Decimal("1.10")),
    (text, "text=+a%0D%0A", " a\r\n", " a\r\n"),
    (code, "code=A-1", "A-1", "A-1"),
    (tick, "tick=on", True, True),
    (tick, "", False, False),
    (color, "color=blue", "blue", Color.BLUE),
    (level, "level=2", 2, Level.HIGH),
    (size, "size=m", "m", "m"),
    (size, "size=3", 3, 3),
    (day, "day=2030-12-31", "2030-12-31", date(2030, 12, 31)),
    (at, "at=2030-12-31T23%3A59", "2030-12-31T23:59", datetime(2030, 12, 31, 23, 59)),  # noqa: DTZ001
    (at, "at=2030-12-31T23%3A59Z", "2030-12-31T23:59Z", datetime(2030, 12, 31, 23, 59, tzinfo=UTC)),
    (clock, "clock=23%3A59", "23:59", time(23, 59)),
    (span, "span=PT15M", "PT15M", timedelta(minutes=15)),
    (key, f"key={UUID(int=7)}", str(UUID(int=7)), UUID(int=7)),
    (large, f"large={10**30}", str(10**30), 10**30),
    (secret, "secret=hush", "hush", SecretStr("hush")),
    (maybe, "maybe=", None, None),
    (maybe, "maybe=3", 3, 3),
    (maybe_text, "maybe=", None, None),
    (either, "either=3", 3, 3),
    (either, "either=x", "x", "x"),
    (numbers, "numbers=3&numbers=1", [3, 1], [3, 1]),
    (numbers, "numbers.4=1&numbers.0=3", [3, 1], [3, 1]),
    (numbers, "", [], []),
    (unique, "unique=b&unique=a", ["b", "a"], {"a", "b"}),
    (pair, "pair=1&pair=x", [1, "x"], (1, "x")),
    (pair, "pair.0=1&pair.1=x", [1, "x"], (1, "x")),
    (prices, "prices.A-1=2.50", {"A-1": "2.50"}, {"A-1": Decimal("2.50")}),
    (counts, "counts.7=1", {"7": 1}, {7: 1}),
    (address, "address.street=Main&address.zip=1234&address.is_home=on", HOME_TREE, HOME),
    (maybe_address, "address.street=&address.zip=", None, None),
    (lines, "lines.0.sku=A&lines.0.qty=2&lines.0.notes=n", [{"sku": "A", "qty": 2, "notes": ["n"]}], [Line("A", 2, ["n"])]),
    (pet, "pet.kind=dog&pet.tricks=a&pet.tricks=b", {"kind": "dog", "tricks": ["a", "b"]}, Dog(kind="dog", tricks=["a", "b"])),
)

# function, the form's pairs, the JSON, the Python values (None: Python has no such value), the report
FAULTS: tuple[tuple[Any, str, dict[str, Any], dict[str, Any] | None, dict[str, list[str]]], ...] = (
    (quantity, "quantity=0", {"quantity": 0}, {"quantity": 0}, {"quantity": ["Must be at least 1"]}),
    (quantity, "quantity=101", {"quantity": 101}, {"quantity": 101}, {"quantity": ["Must be at most 100"]}),
    (quantity, "quantity=abc", {"quantity": "abc"}, {"quantity": "abc"}, {"quantity": ["Must be a whole number"]}),
    (quantity, "quantity=1.5", {"quantity": 1.5}, {"quantity": 1.5}, {"quantity": ["Must be a whole number"]}),
    (quantity, "quantity=1e2", {"quantity": "1e2"}, {"quantity": "1e2"}, {"quantity": ["Must be a whole number"]}),
    (quantity, "quantity=%D9%A3", {"quantity": "٣"}, {"quantity": "٣"}, {"quantity": ["Must be a whole number"]}),
    (quantity, "quantity=", {}, {}, {"quantity": ["Required"]}),
    (quantity, "", {}, {}, {"quantity": ["Required"]}),
    (quantity, "quantity=1&quantity=2", {"quantity": ["1", "2"]}, {"quantity": ["1", "2"]},
     {"quantity": ["Must be a whole number"]}),
    (quantity, "quantity.x=1", {"quantity": {"x": "1"}}, {"quantity": {"x": "1"}}, {"quantity": ["Must be a whole number"]}),
    (maybe, f"maybe={2**53}", {"maybe": 2**53}, {"maybe": 2**53}, {"maybe": [f"Must be at most {2**53 - 1}"]}),
    (maybe, f"maybe=-{'9' * 400}", {"maybe": -int("9" * 400)}, {"maybe": -int("9" * 400)},
     {"maybe": [f"Must be at least -{2**53 - 1}"]}),
    (maybe, "maybe=true", {"maybe": True}, {"maybe": True}, {"maybe": ["Must be a whole number"]}),
    (ratio, "ratio=x", {"ratio": "x"}, {"ratio": "x"}, {"ratio": ["Must be a number"]}),
    (ratio, "ratio=1", {"ratio": 1}, {"ratio": 1}, {"ratio": ["Must be less than 1"]}),
    (ratio, "ratio=NaN", {"ratio": "NaN"}, {"ratio": float("nan")}, {"ratio": ["Must be a number"]}),
    (ratio, "ratio=1e999", {"ratio": "1e999"}, {"ratio": float("inf")}, {"ratio": ["Must be a number"]}),
    (price, "price=x", {"price": "x"}, {"price": "x"}, {"price": ["Must be a decimal number"]}),
    (price, "price=1.234", {"price": "1.234"}, {"price": Decimal("1.234")}, {"price": ["Must have at most 2 decimal places"]}),
    (price, "price=", {}, {}, {"price": ["Required"]}),
    (text, "text=a", {"text": "a"}, {"text": "a"}, {"text": ["Must have at least 2 characters"]}),
    (text, "text=", {"text": ""}, {"text": ""}, {"text": ["Must have at least 2 characters"]}),
    (text, "text=abcde", {"text": "abcde"}, {"text": "abcde"}, {"text": ["Must have at most 4 characters"]}),
    (text, "", {}, {}, {"text": ["Required"]}),
    (code, "code=x", {"code": "x"}, {"code": "x"}, {"code": ["Does not have the expected form"]}),
    (tick, "tick=perhaps", {"tick": "perhaps"}, {"tick": "perhaps"}, {"tick": ["Must be true or false"]}),
    (color, "color=green", {"color": "green"}, {"color": "green"}, {"color": ["Must be 'red' or 'blue'"]}),
    (color, "color=", {}, {}, {"color": ["Required"]}),
    (level, "level=3", {"level": 3}, {"level": 3}, {"level": ["Must be 1 or 2"]}),
    (size, "size=xl", {"size": "xl"}, {"size": "xl"}, {"size": ["Must be 's', 'm' or 3"]}),
    (day, "day=tomorrow", {"day": "tomorrow"}, {"day": "tomorrow"}, {"day": ["Must be a date, like 2030-12-31"]}),
    (day, "day=1577836800", {"day": "1577836800"}, {"day": "1577836800"}, {"day": ["Must be a date, like 2030-12-31"]}),
    (day, "day=2030-02-30", {"day": "2030-02-30"}, None, {"day": ["Must be a date, like 2030-12-31"]}),
    (at, "at=5", {"at": "5"}, {"at": "5"}, {"at": ["Must be a date and time, like 2030-12-31T23:59"]}),
    (at, "at=2030-12-31", {"at": "2030-12-31"}, {"at": date(2030, 12, 31)},
     {"at": ["Must be a date and time, like 2030-12-31T23:59"]}),
    (clock, "clock=noon", {"clock": "noon"}, {"clock": "noon"}, {"clock": ["Must be a time, like 23:59"]}),
    (span, "span=long", {"span": "long"}, {"span": "long"}, {"span": ["Must be a duration, like PT15M"]}),
    (key, "key=x", {"key": "x"}, {"key": "x"}, {"key": ["Must be a UUID"]}),
    (large, "large=1x", {"large": "1x"}, {"large": "1x"}, {"large": ["Must be a whole number"]}),
    (maybe, "", {}, {}, {"maybe": ["Required"]}),
    (numbers, "numbers=1&numbers=x&numbers=y", {"numbers": [1, "x", "y"]}, {"numbers": [1, "x", "y"]},
     {"numbers.1": ["Must be a whole number"], "numbers.2": ["Must be a whole number"]}),
    (prices, "prices.A-1=x", {"prices": {"A-1": "x"}}, {"prices": {"A-1": "x"}}, {"prices.A-1": ["Must be a decimal number"]}),
    (counts, "counts.x=1", {"counts": {"x": 1}}, {"counts": {"x": 1}}, {"counts.x": ["Must be a whole number"]}),
    (address, "address.street=&address.zip=1", {"address": {"street": "", "zip": "1"}},
     {"address": Address.model_construct(street="", zip_code="1")},
     {"address.street": ["Must have at least 1 character"], "address.zip": ["Must have at least 4 characters"]}),
    (address, "", {}, {}, {"address": ["Required"]}),
    (address, "address=x", {"address": "x"}, {"address": "x"}, {"address": ["Must be an object"]}),
    (address, "address.street=x", {"address": {"street": "x"}}, {"address": {"street": "x"}}, {"address.zip": ["Required"]}),
    (lines, "lines.0.sku=A&lines.0.qty=0&lines.1.sku=B&lines.1.qty=x",
     {"lines": [{"sku": "A", "qty": 0}, {"sku": "B", "qty": "x"}]},
     {"lines": [Line("A", 0), Line("B", "x")]},  # type: ignore[arg-type]
     {"lines.0.qty": ["Must be at least 1"], "lines.1.qty": ["Must be a whole number"]}),
    (pet, "pet.kind=fish&pet.lives=9", {"pet": {"kind": "fish"}}, {"pet": {"kind": "fish"}},
     {"pet.kind": ["Must be 'cat' or 'dog'"]}),
    (pet, "pet.lives=9", {"pet": {"lives": 9}}, {"pet": {"lives": 9}}, {"pet.kind": ["Required"]}),
    (pet, "pet.kind=cat&pet.lives=x",
     {"pet": {"kind": "cat", "lives": "x"}}, {"pet": Cat.model_construct(kind="cat", lives="x")},
     {"pet.lives": ["Must be a whole number"]}),
    (pet, "pet.kind=cat", {"pet": {"kind": "cat"}}, {"pet": {"kind": "cat"}}, {"pet.lives": ["Required"]}),
    (even, "even.number=3", {"even": {"number": 3}}, {"even": {"number": 3}}, {"even.number": ["Must be even"]}),
    (deep, "lines.0.qty=0&pet.kind=cat&address.zip=1&color=x",
     {"lines": [{"qty": 0}], "pet": {"kind": "cat"}, "address": {"zip": "1"}, "color": "x"},
     None,
     {"lines.0.sku": ["Required"], "lines.0.qty": ["Must be at least 1"], "address.street": ["Required"],
      "address.zip": ["Must have at least 4 characters"], "pet.lives": ["Required"], "color": ["Must be 'red' or 'blue'"]}),
)  # fmt: skip


def report(read: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationFailed) as caught:
        read()
    return {path: list(messages) for path, messages in (caught.value.fields or {}).items()}


@pytest.mark.parametrize(("function", "form", "tree", "value"), VALUES)
def test_one_value_is_equal_through_every_door(function: Any, form: str, tree: Any, value: Any) -> None:
    arguments = Arguments.of(function)
    name = arguments.names[0]
    expected = {name: value}
    assert arguments.validate_python(expected) == expected
    assert arguments.validate_json(dumps({name: tree})) == expected
    assert arguments.validate_tree({name: tree}) == expected
    assert arguments.validate_form(parse_urlencoded(form.encode())) == expected
    assert type(arguments.validate_json(dumps({name: tree}))[name]) is type(value)


@pytest.mark.parametrize(("function", "form", "tree", "values", "expected"), FAULTS)
def test_one_fault_is_reported_equally_through_every_door(
    function: Any, form: str, tree: Any, values: Any, expected: dict[str, list[str]]
) -> None:
    arguments = Arguments.of(function)
    assert report(lambda: arguments.validate_json(dumps(tree))) == expected
    assert report(lambda: arguments.validate_tree(tree)) == expected
    assert report(lambda: arguments.validate_form(parse_urlencoded(form.encode()))) == expected
    if values is not None:
        assert report(lambda: arguments.validate_python(values)) == expected


def test_unknown_names_are_refused_from_json_and_python_and_ignored_in_forms() -> None:
    arguments = Arguments.of(quantity)
    expected = {"other": ["Unknown field"]}
    assert report(lambda: arguments.validate_json(b'{"quantity":1,"other":2}')) == expected
    assert report(lambda: arguments.validate_python({"quantity": 1, "other": 2})) == expected
    form = parse_urlencoded(b"quantity=1&other=2&__proto__=1&_tf=x&_tf.quantity=3&__class__.x=1")
    assert arguments.validate_form(form) == {"quantity": 1}


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"1", b"[[1]]"])
def test_json_arguments_are_one_object(raw: bytes) -> None:
    assert report(lambda: Arguments.of(quantity).validate_json(raw)) == {"": ["Must be an object"]}


@pytest.mark.parametrize("raw", [b'{"size":true}', b'{"size":3.0}'])
def test_a_look_alike_is_not_an_option(raw: bytes) -> None:
    assert report(lambda: Arguments.of(size).validate_json(raw)) == {"size": ["Must be 's', 'm' or 3"]}


@pytest.mark.parametrize("name", ["+1", " 1", "1.0", "01", "1e0", "-0", "1_0"])
def test_a_whole_number_as_a_key_has_one_spelling(name: str) -> None:
    assert list(report(lambda: Arguments.of(counts).validate_json(dumps({"counts": {name: 1}})))) == [f"counts.{name}"]


def test_an_instance_changed_into_something_wrong_is_refused() -> None:
    changed = Address(street="Main", zip="1234")
    changed.street = 5  # type: ignore[assignment]
    assert report(lambda: Arguments.of(address).validate_python({"address": changed})) == {"address.street": ["Must be text"]}


def test_a_python_call_gets_its_own_copy_as_a_request_does() -> None:
    given = [Line("A", 1)]
    received = Arguments.of(lines).validate_python({"lines": given})["lines"]
    assert received == given
    assert received is not given
    assert received[0] is not given[0]


def test_messages_hold_no_value_that_came_in() -> None:
    arguments = Arguments.of(deep)
    canary = "canary-value"
    address = {"street": [canary], "zip": canary}
    tree = {"lines": [{"sku": 1, "qty": canary}], "address": address, "pet": {"kind": canary}, "color": canary}
    for read in (lambda: arguments.validate_json(dumps(tree)), lambda: arguments.validate_python(tree)):
        assert canary not in str(report(read))


class TestBinding:
    def test_positional_and_named_arguments_bind_as_in_python(self) -> None:
        arguments = Arguments.of(deep)
        assert arguments.bind((1, 2), {"pet": 3}) == {"lines": 1, "address": 2, "pet": 3}

    @pytest.mark.parametrize(
        ("args", "kwargs", "message"),
        [
            ((), {}, r"quantity\(\) missing a required argument: 'quantity'"),
            ((1, 2), {}, r"quantity\(\) too many positional arguments"),
            ((), {"other": 1}, r"quantity\(\)"),
            ((1,), {"quantity": 1}, r"quantity\(\) multiple values"),
        ],
    )
    def test_a_wrong_call_is_a_type_error_as_in_python(self, args: Any, kwargs: Any, message: str) -> None:
        with pytest.raises(TypeError, match=message):
            Arguments.of(quantity).bind(args, kwargs)

    def test_keyword_only_parameters_must_be_named(self) -> None:
        def endpoint(one: int = 1, *, two: int) -> None: ...

        arguments = Arguments.of(endpoint)
        assert arguments.bind((), {"two": 2}) == {"two": 2}
        with pytest.raises(TypeError, match="too many positional"):
            arguments.bind((1, 2), {})


class TestBoundArguments:
    def test_bound_arguments_come_back_as_they_were(self) -> None:
        arguments = Arguments.of(deep)
        bound = arguments.partial_tree({"address": HOME, "pet": Cat(kind="cat", lives=9)})
        assert bound == {"address": {"street": "Main", "zip": "1234", "is_home": True}, "pet": {"kind": "cat", "lives": 9}}
        form = parse_urlencoded(b"lines.0.sku=A&lines.0.qty=1&pet.kind=dog&address=x&address.zip=9999")
        assert arguments.validate_form(form, bound) == {
            "lines": [Line("A", 1)], "address": HOME, "pet": Cat(kind="cat", lives=9),
        }  # fmt: skip

    def test_a_wrong_bound_argument_is_reported_when_the_form_is_made(self) -> None:
        assert report(lambda: Arguments.of(quantity).partial_tree({"quantity": 0})) == {"quantity": ["Must be at least 1"]}
        assert report(lambda: Arguments.of(quantity).partial_tree({"other": 0})) == {"other": ["Unknown field"]}

    def test_a_bound_checkbox_is_not_unticked_by_its_absence(self) -> None:
        assert Arguments.of(tick).validate_form(parse_urlencoded(b""), {"tick": True}) == {"tick": True}


class TestSchemaHash:
    def test_the_hash_names_the_accepted_shape(self) -> None:
        def same(quantity: Annotated[int, Ge(1), Le(100)]) -> None:
            """Documented, elsewhere, and all the same."""

        def other(quantity: Annotated[int, Ge(1), Le(99)]) -> None: ...

        hashes = [Arguments.of(one).schema_hash for one in (quantity, same, other)]
        assert hashes[0] == hashes[1] != hashes[2]
        assert len(hashes[0]) == 16

    def test_a_field_called_title_counts(self) -> None:
        def one(title: str) -> None: ...
        def other(description: str) -> None: ...

        assert Arguments.of(one).schema_hash != Arguments.of(other).schema_hash
