from __future__ import annotations

import re

import pytest

from twofold.request_ids import identify, new_request_id

ROWS = [
    ("a trusted proxy names it", [b"abc-DEF_123"], True, "abc-DEF_123"),
    ("64 characters are allowed", [b"a" * 64], True, "a" * 64),
    ("a stranger's name is not believed", [b"abc"], False, "new"),
    ("nobody names it", [], True, "new"),
    ("two names are none", [b"abc", b"abc"], True, "new"),
    ("an empty one is none", [b""], True, "new"),
    ("65 characters are too many", [b"a" * 65], True, "new"),
    ("a blank", [b"a b"], True, "new"),
    ("a line end at the end", [b"abc\n"], True, "new"),
    ("a terminal escape", [b"\x1b[2J"], True, "new"),
    ("not ASCII", ["é".encode()], True, "new"),
    ("not UTF-8", [b"\xff"], True, "new"),
]


@pytest.mark.parametrize(("sent", "is_trusted", "name"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_a_request_is_named(sent: list[bytes], is_trusted: bool, name: str) -> None:
    assert identify(sent, is_trusted=is_trusted, make=lambda: "new") == name


def test_new_names_are_allowed_ones_and_differ() -> None:
    names = {new_request_id() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16}", name) for name in names)
