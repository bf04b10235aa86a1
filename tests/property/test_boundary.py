from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue
from typing_extensions import TypedDict

from twofold.boundary import Arguments, BigInt, FormInput, Shape, dumps, loads, parse_multipart, parse_urlencoded
from twofold.boundary.patterns import html_pattern
from twofold.boundary.strict_json import _is_deeper
from twofold.errors import TooLarge, ValidationFailed

SAFE = 2**53 - 1


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


@dataclass
class Point:
    x: int
    y: float = 0.0


class Range(NamedTuple):
    low: int
    high: Decimal


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Leaf(BaseModel):
    number: int
    ratio: float
    text: str
    flag: bool
    color: Color
    price: Decimal
    day: date
    maybe: int | None
    zip_code: str = Field(alias="zip")
    tags: list[str]
    data: bytes


class Branch(BaseModel):
    leaf: Leaf
    rows: list[Leaf]
    prices: dict[str, Decimal]
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    next: Branch | None = None


INTEGERS = st.integers(-SAFE, SAFE)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
ZONES = st.none() | st.just(UTC) | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DATETIMES = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001
DATES = st.dates(min_value=date(1000, 1, 1))
PETS = st.builds(Cat, kind=st.just("cat"), lives=INTEGERS) | st.builds(
    Dog, kind=st.just("dog"), tricks=st.lists(st.text(), max_size=3)
)
LEAVES = st.builds(
    Leaf, number=INTEGERS, ratio=FLOATS, text=st.text(), flag=st.booleans(), color=st.sampled_from(Color), price=DECIMALS,
    day=DATES, maybe=st.none() | INTEGERS, zip=st.text(), tags=st.lists(st.text(), max_size=3), data=st.binary(max_size=5),
)  # fmt: skip
KEYS = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), min_size=1, max_size=5)


def branches(following: st.SearchStrategy[Branch | None]) -> st.SearchStrategy[Branch]:
    prices = st.dictionaries(KEYS, DECIMALS, max_size=3)
    return st.builds(Branch, leaf=LEAVES, rows=st.lists(LEAVES, max_size=2), prices=prices, pet=PETS, next=following)


TREES: Shape[Branch] = Shape(Branch)
BRANCHES = branches(st.none() | branches(st.none()))
JSON_TREES = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

VALUES: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (None, st.none()),
    (bool, st.booleans()),
    (int, INTEGERS),
    (float, FLOATS),
    (str, st.text()),
    (bytes, st.binary()),
    (BigInt, st.integers(-(10**999), 10**999)),
    (Decimal, DECIMALS),
    (UUID, st.uuids()),
    (date, DATES),
    (datetime, DATETIMES),
    (time, st.times()),
    (timedelta, st.timedeltas(min_value=timedelta(days=-100_000), max_value=timedelta(days=100_000))),
    (Color, st.sampled_from(Color)),
    (Level, st.sampled_from(Level)),
    (Literal["a", 1, True], st.sampled_from(["a", 1, True])),
    (list[datetime], st.lists(DATETIMES, max_size=3)),
    (set[bytes], st.sets(st.binary(max_size=3))),
    (frozenset[Decimal], st.frozensets(DECIMALS, max_size=4)),
    (tuple[int, ...], st.lists(INTEGERS).map(tuple)),
    (tuple[int, Color, bytes], st.tuples(INTEGERS, st.sampled_from(Color), st.binary())),
    (dict[str, date], st.dictionaries(st.text(), DATES, max_size=3)),
    (dict[int, str], st.dictionaries(INTEGERS, st.text(), max_size=3)),
    (dict[UUID, bool], st.dictionaries(st.uuids(), st.booleans(), max_size=3)),
    (dict[Color, float], st.dictionaries(st.sampled_from(Color), FLOATS)),
    (dict[date, int], st.dictionaries(DATES, INTEGERS, max_size=3)),
    (dict[datetime, int], st.dictionaries(st.datetimes(min_value=datetime(1000, 1, 1)), INTEGERS, max_size=3)),  # noqa: DTZ001
    (int | str | None, st.none() | INTEGERS | st.text()),
    (int | float, INTEGERS | FLOATS),
    (Decimal | int, DECIMALS | INTEGERS),
    (list[int] | dict[str, int], st.lists(INTEGERS) | st.dictionaries(st.text(), INTEGERS)),
    (Movie, st.fixed_dictionaries({"title": st.text()}, optional={"year": INTEGERS})),
    (Point, st.builds(Point, x=INTEGERS, y=FLOATS)),
    (Range, st.builds(Range, low=INTEGERS, high=DECIMALS)),
    (Annotated[Cat | Dog, Field(discriminator="kind")], PETS),
    (Leaf, LEAVES),
    (Branch, BRANCHES),
    (JsonValue, JSON_TREES),
)


@pytest.mark.parametrize(("annotation", "values"), VALUES, ids=[str(annotation) for annotation, _ in VALUES])
@settings(max_examples=25)
@given(data=st.data())
def test_what_was_written_reads_back_equal(annotation: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    shape: Shape[Any] = Shape(annotation)
    value = data.draw(values)
    read = shape.validate_json(shape.to_json(value))
    assert read == value
    assert type(read) is type(value)
    assert shape.validate_tree(shape.to_tree(value)) == value
    assert shape.validate_python(value) == value


def pairs_of(tree: Any, name: str = "") -> list[tuple[str, str]]:
    """Fill the form that has a field for every leaf, as a browser would."""
    if isinstance(tree, dict):
        return [pair for key, value in tree.items() for pair in pairs_of(value, f"{name}.{key}" if name else key)]
    if isinstance(tree, list):
        is_flat = not any(isinstance(item, (dict, list)) for item in tree)
        return [pair for index, item in enumerate(tree) for pair in pairs_of(item, name if is_flat else f"{name}.{3 * index}")]
    if isinstance(tree, bool):
        return [(name, "on")] if tree else []
    return [(name, "" if tree is None else tree if isinstance(tree, str) else repr(tree))]


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs).encode()


@settings(max_examples=60)
@given(BRANCHES)
def test_a_form_reads_as_its_json_does(value: Branch) -> None:
    form = parse_urlencoded(encoded(pairs_of(TREES.to_tree(value))))
    assert TREES.validate_form(form) == value


FAULTY_NAMES = ["leaf", "rows", "pet", "kind", "lives", "tricks", "number", "tags", "color", "zip", "x"]
FAULTY = st.recursive(
    st.sampled_from(["", "x", 0, 1.5, None, True, "2030-01-01", "red", "cat", 2**60, []]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FAULTY_NAMES), inner, max_size=6),
    max_leaves=10,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["leaf", "rows", "prices", "pet", "next"]), FAULTY, max_size=5))
def test_every_reported_path_leads_into_the_input_or_to_what_is_missing(tree: dict[str, Any]) -> None:
    try:
        TREES.validate_tree(tree)
    except ValidationFailed as error:
        for path, messages in (error.fields or {}).items():
            assert messages
            here: Any = tree
            for part in path.split("."):
                inside = isinstance(here, (dict, list)) and (part in here if isinstance(here, dict) else int(part) < len(here))
                if not inside:
                    assert messages == ["Required"]
                    break
                here = here[part] if isinstance(here, dict) else here[int(part)]


FRAGMENTS = st.lists(
    st.sampled_from([
        b"{", b"}", b"[", b"]", b'"', b"\\", b":", b",", b"1", b"-", b"e9", b"999", b'"a"', b"null", b"true", b"\\ud800", b"\xff",
        b" ", b"NaN",
    ]),
    max_size=30,
).map(b"".join)  # fmt: skip


@settings(max_examples=300)
@given(st.binary(max_size=60) | FRAGMENTS)
def test_bytes_are_read_or_refused_and_never_more_leniently_than_pythons_json(raw: bytes) -> None:
    try:
        value = loads(raw)
    except ValidationFailed:
        return
    assert json.loads(raw) == value


@settings(max_examples=300)
@given(JSON_TREES)
def test_every_json_tree_survives(tree: Any) -> None:
    assert loads(dumps(tree)) == tree
    assert loads(json.dumps(tree).encode()) == tree


@settings(max_examples=300)
@example(b'{"{\\', 1)  # an unclosed text that ends amid an escape
@given(FRAGMENTS, st.integers(0, 6))
def test_depth_counts_as_a_plain_scanner_does(raw: bytes, limit: int) -> None:
    depth = deepest = 0
    inside = escaped = False
    for byte in raw:
        mark = bytes([byte])
        if inside:
            escaped, inside = (not escaped and mark == b"\\"), escaped or mark != b'"'
        elif mark == b'"':
            inside = True
        else:
            depth += (mark in b"[{") - (mark in b"]}")
            deepest = max(deepest, depth)
    assert _is_deeper(raw, limit) == (deepest > limit)


def order(
    branch: Branch, rows: list[Leaf], counts: dict[int, int], kind: Color = Color.RED, when: datetime | None = None
) -> None: ...


ORDER = Arguments.of(order)
NAMES = st.lists(
    st.sampled_from([
        "branch", "rows", "counts", "kind", "when", "0", "1", "999", "1000", "99999999999", "-1", "", "leaf", "tags", "next",
        "pet", "__proto__", "²",
    ]),
    min_size=1, max_size=40,
).map(".".join)  # fmt: skip
TEXTS = st.sampled_from(["", "1", "x", "on", "red", "cat", "2030-01-01", "9" * 5000, "1e999", "\0", "\ud7ff"]) | st.text(
    max_size=5
)


@settings(max_examples=300)
@given(st.lists(st.tuples(NAMES, TEXTS), max_size=12))
def test_any_form_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        ORDER.validate_form(FormInput(pairs))
    except ValidationFailed as error:
        failure = error
    else:
        return
    assert failure.fields


@settings(max_examples=300)
@given(st.binary(max_size=60) | FRAGMENTS | JSON_TREES.map(dumps))
def test_any_body_is_read_or_refused(raw: bytes) -> None:
    try:
        ORDER.validate_json(raw)
    except ValidationFailed as error:
        failure = error
    else:
        return
    assert failure.fields


@settings(max_examples=300)
@given(st.binary(max_size=40) | st.text("%0aAfF=&+\x80é", max_size=30).map(str.encode))
def test_any_urlencoded_body_is_read_or_refused(raw: bytes) -> None:
    try:
        form = parse_urlencoded(raw)
    except ValidationFailed:
        return
    assert parse_urlencoded(encoded(form.pairs)).pairs == form.pairs


PARTS = st.lists(
    st.sampled_from([
        b"--xyz", b"--xyz--", b"--", b"\r\n", b"\n", b"\r", b"xyz", b"Content-Disposition: form-data", b"Content-Disposition:",
        b"; name=", b'; name="a"', b'; filename="f"', b"; filename*=UTF-8''%e2%82", b": ", b'"', b"\xff", b"\0",
        b"Content-Type: text/plain", b"a" * 50, b";",
    ]) | st.binary(max_size=4),
    max_size=25,
).map(b"".join)  # fmt: skip


@settings(max_examples=300)
@given(PARTS, st.integers(1, 20), st.booleans())
def test_any_multipart_body_is_read_or_refused(raw: bytes, size: int, starts_well: bool) -> None:
    whole = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n' + raw if starts_well else raw

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), size):
            yield whole[start : start + size]

    async def read() -> None:
        try:
            form = await parse_multipart("multipart/form-data; boundary=xyz", pieces())
        except (ValidationFailed, TooLarge):
            return
        await form.close()

    asyncio.run(read())


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_content_type_is_read_or_refused(text: str) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        yield b"--xyz--\r\n"

    for content_type in (text, f"multipart/form-data; boundary={text}", f"multipart/form-data; boundary=xyz{text}"):
        try:
            asyncio.run(parse_multipart(content_type, nothing()))
        except ValidationFailed:
            continue


@settings(max_examples=300)
@given(st.text("^$[]()|\\d-a&.*+?{}2,:", max_size=12))
def test_any_pattern_is_translated_or_declined(pattern: str) -> None:
    translated = html_pattern(f"^{pattern}$")
    assert translated is None or isinstance(translated, str)
