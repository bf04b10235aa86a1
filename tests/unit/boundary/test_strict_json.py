from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from twofold.boundary import dumps, loads
from twofold.errors import ValidationFailed

# The corner cases of RFC 8259 and of the JSON test suites, with the one reading that each may have.
ACCEPTED: tuple[tuple[bytes, Any], ...] = (
    (b"0", 0),
    (b"-0", 0),
    (b"-0.0", -0.0),
    (b"1E+2", 100.0),
    (b"1e-400", 0.0),
    (b"12345678901234567890", 12345678901234567890),
    (b" \t\r\n1 \t\r\n", 1),
    (b'""', ""),
    (b'"\\u0000"', "\0"),
    (b'"\x7f"', "\x7f"),
    (b'"\\ud83d\\ude00"', "\U0001f600"),
    (b'"\xf0\x9f\x98\x80"', "\U0001f600"),
    (b'"\\/\\b\\f\\n\\r\\t\\"\\\\"', '/\b\f\n\r\t"\\'),
    (b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 36),
    (b'{"":0}', {"": 0}),
    (b'{"__proto__":1}', {"__proto__": 1}),
    (b'{"a":{"a":1}}', {"a": {"a": 1}}),
    (b"[null,true,false]", [None, True, False]),
    (b"[" * 32 + b"]" * 32, None),
)

REFUSED: tuple[bytes, ...] = (
    b"", b" ", b"nul", b"NaN", b"Infinity", b"-Infinity", b'{"a":NaN}', b"1e400", b"[-1e999]", b'{"a":[1E+400]}',
    b"9" * 320 + b".0",
    b"01", b"-01", b"+1", b".5", b"1.", b"1.e5", b"1e", b"-", b"0x1", b"1_000",
    b"[1,]", b"[,1]", b"[1 2]", b'{"a":1,}', b"{a:1}", b"{'a':1}", b'{"a"}', b'{"a":}', b"{1:1}",
    b"[", b"]", b"{", b"}", b"[}", b'"', b'"\\"', b"1 2", b"[1]]", b'{"a":1}{"a":1}', b"1\x0c", b"1\x00", b"\x00",
    b'"\x01"', b'"\n"', b'"\\x41"', b'"\\u12"', b'"\\u{41}"',
    b'"\\ud800"', b'"\\udc00"', b'"\\ud800\\ud800"', b'{"\\ud800":1}', b'"\xed\xa0\x80"',
    b'"\xff"', b'"\xc0\xaf"', b'"\xf8\x88\x80\x80\x80"',
    b"\xef\xbb\xbf1", "1".encode("utf-16"), "[1]".encode("utf-16-le"), "1".encode("utf-32"),
    b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'{"o":{"b":1,"b":1}}', b"// c\n1", b"/* */1", b"1//",
    b"9" * 5000, b"TRUE", b"None", b"\xa01",
)  # fmt: skip


@pytest.mark.parametrize(("raw", "value"), ACCEPTED)
def test_json_has_one_reading(raw: bytes, value: Any) -> None:
    read = loads(raw)
    if value is not None:
        assert read == value
        assert type(read) is type(value)


@pytest.mark.parametrize("raw", REFUSED)
def test_what_is_not_strict_json_is_a_validation_failure(raw: bytes) -> None:
    with pytest.raises(ValidationFailed) as caught:
        loads(raw)
    assert caught.value.fields == {"": ["Not valid JSON"]}


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [33, 500, 200_000])
def test_depth_is_refused_before_decoding(opening: bytes, depth: int) -> None:
    with pytest.raises(ValidationFailed) as caught:
        loads(opening * depth)
    assert caught.value.fields == {"": ["Nested deeper than 32 levels"]}


def test_many_shallow_brackets_are_not_depth() -> None:
    assert loads(b"[" + b",".join([b"[]"] * 1000) + b"]") == [[]] * 1000
    assert loads(b'["\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\\",[]]') == ['"' + "[" * 40 + "\\", []]


def test_the_depth_limit_is_the_callers() -> None:
    assert loads(b"[[1]]", max_depth=2) == [[1]]
    with pytest.raises(ValidationFailed):
        loads(b"[[1]]", max_depth=1)


def test_a_refusal_does_not_repeat_the_input() -> None:
    with pytest.raises(ValidationFailed) as caught:
        loads(b'{"canary":1,"canary":2}')
    assert "canary" not in str(caught.value)
    assert "canary" not in str(caught.value.fields)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, {"a": math.nan}]])
def test_numbers_that_json_lacks_are_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match="no JSON form"):
        dumps(value)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ({"a": [1, None, True, "NaN", "-Infinity"]}, b'{"a":[1,null,true,"NaN","-Infinity"]}'),
        (datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), b'"2030-01-02T03:04:05Z"'),
        (Decimal("1.10"), b'"1.10"'),
        (b"\xff", b'"_w=="'),
    ],
)
def test_rich_values_have_one_json_form(value: Any, raw: bytes) -> None:
    assert dumps(value) == raw


def test_lone_surrogates_are_not_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        dumps("\ud800")
