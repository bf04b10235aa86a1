"""Read and write JSON strictly: one meaning per document, or none.

Python's own `json` takes NaN, duplicate keys, lone surrogates and UTF-16, and recurses without bound.
Source: RFC 8259; RFC 7493 (I-JSON) section 2 for surrogates, duplicates and number range.
"""

from __future__ import annotations

import math
import re
from typing import Any

import jiter
from pydantic_core import to_json

from twofold.errors import ValidationFailed

MAX_DEPTH = 32

# A string is skipped as one unit; an unclosed one runs to the end and is left to the parser to refuse.
_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)

# Only a long number or a three-digit exponent can overflow a double; everything else needs no walk.
# Two searches are twice as fast as one for either: each knows what it must begin with.
_LARGE_EXPONENT, _MANY_DIGITS = re.compile(rb"[eE]\+?[0-9]{3}"), re.compile(rb"[0-9]{300}")


def loads(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Decode one JSON document.

    Args:
        raw: UTF-8 without byte order mark.
        max_depth: deepest nesting of arrays and objects, checked before decoding.

    Raises:
        ValidationFailed: not JSON, duplicate names, lone surrogates, numbers beyond a double, or too deep.
    """
    value = screen(raw, max_depth=max_depth)
    if (_LARGE_EXPONENT.search(raw) or _MANY_DIGITS.search(raw)) and not _is_finite(value):
        raise invalid("a number is too large")
    return value


def screen(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Decode like `loads`, except that an overflowing number may come out as infinity.

    For callers whose validator refuses infinities itself.
    """
    if raw.count(b"[") + raw.count(b"{") > max_depth and _is_deeper(raw, max_depth):
        raise ValidationFailed(fields={"": [f"Nested deeper than {max_depth} levels"]})
    try:
        return jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise invalid(str(error)) from None


def dumps(value: Any) -> bytes:
    """Encode a value of JSON types and of the rich types that have one JSON form.

    Raises:
        ValueError: NaN, infinity, or a value without a JSON form.
    """
    raw = to_json(value, bytes_mode="base64", inf_nan_mode="constants")
    if b"NaN" in raw or b"Infinity" in raw:  # perhaps inside a string: the parser knows
        try:
            jiter.from_json(raw, allow_inf_nan=False)
        except ValueError:
            raise ValueError("NaN and infinity have no JSON form") from None
    return raw


def invalid(details: str) -> ValidationFailed:
    """Give the refusal of a body that is not JSON; `details` goes to developers only, it may quote the input."""
    return ValidationFailed(fields={"": ["Not valid JSON"]}, details=details)


def _is_deeper(raw: bytes, max_depth: int) -> bool:
    """Say whether arrays and objects nest deeper, in one linear pass and without recursion."""
    depth = 0
    for match in _STRUCTURE.finditer(raw):
        mark = raw[match.start()]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > max_depth:
            return True
    return False


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True
