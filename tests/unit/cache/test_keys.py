"""Where values are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twofold.cache.keys import Keys, canonical, code_version


def one(x: int) -> int:
    return x + 1


def same_as_one(x: int) -> int:
    return x + 1


def two(x: int) -> int:
    return x + 2


def with_set(x: str) -> bool:
    return x in {"a", "b", "c", "d"}


def made(y: int) -> Callable[[int], int]:
    def inner(x: int) -> int:
        return x + y

    return inner


def test_a_key_is_32_bytes_and_always_the_same() -> None:
    assert Keys("a", "b").key(b"{}") == Keys("a", "b").key(b"{}")
    assert len(Keys("a").key(b"{}")) == 32


@pytest.mark.parametrize(
    ("parts", "arguments"),
    [
        (("a", "b"), b'{"x":2}'),
        (("a", "c"), b'{"x":1}'),
        (("ab",), b'{"x":1}'),
        (("a,b",), b'{"x":1}'),
        (("a", "b", ""), b'{"x":1}'),
    ],
)
def test_whatever_differs_makes_another_key(parts: tuple[str, ...], arguments: bytes) -> None:
    assert Keys(*parts).key(arguments) != Keys("a", "b").key(b'{"x":1}')


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"b": 1, "a": [1.5, None, True]}, b'{"a":[1.5,null,true],"b":1}'),
        ({"x": {"b": 1, "a": 2}}, b'{"x":{"a":2,"b":1}}'),
        ({"x": "größe\n"}, '{"x":"größe\\n"}'.encode()),
    ],
)
def test_equal_arguments_have_one_spelling(tree: dict[str, Any], text: bytes) -> None:
    assert canonical(tree) == text


def test_code_has_a_version() -> None:
    assert code_version(one) == code_version(one) == code_version(same_as_one)
    assert code_version(one) != code_version(two)
    assert code_version(with_set) == code_version(with_set)


def test_functions_that_close_over_variables_are_all_different() -> None:
    assert code_version(made(1)) != code_version(made(2))
