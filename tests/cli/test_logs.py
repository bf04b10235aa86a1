from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from twofold.cli.logs import FIELDS, TEXT, JsonLines, LogFormat, TextLines, formatter_for
from twofold.request_ids import current_request_id

HOSTILE = [
    ("a line end", "a\nb", "a\\nb"),
    ("a carriage return", "a\rb", "a\\rb"),
    ("a terminal escape", "a\x1b[2Jb", "a\\x1b[2Jb"),
    ("an 8-bit terminal escape", "a\x9b2Jb", "a\\x9b2Jb"),
    ("a null", "a\x00b", "a\\x00b"),
    ("a line separator", "a\u2028b", "a\\u2028b"),
    ("text turned around", "a\u202eb", "a\\u202eb"),
    ("what was not UTF-8", "a\udcffb", "a\\udcffb"),
    ("a backspace", "a\bb", "a\\x08b"),
]
hostile = pytest.mark.parametrize(("text", "escaped"), [pytest.param(*row[1:], id=row[0]) for row in HOSTILE])


def record(message: str = "hello %s", *args: Any, name: str = "shop", **more: Any) -> logging.LogRecord:
    found = logging.LogRecord(name, logging.INFO, "shop.py", 1, message, args, None)
    found.created = 1_700_000_000.5
    for key, value in more.items():
        setattr(found, key, value)
    return found


def fail(text: str) -> None:
    raise LookupError(text)


def failing(text: str) -> logging.LogRecord:
    try:
        fail(text)
    except LookupError:
        return record("failed", exc_info=sys.exc_info())


@pytest.fixture
def request_name() -> Iterator[str]:
    token = current_request_id.set("abc-123")
    yield "abc-123"
    current_request_id.reset(token)


def test_a_line_for_people() -> None:
    assert TextLines(TEXT).format(record("hello %s", "world")) == "2023-11-14T22:13:20.500Z INFO shop: hello world"


def test_a_line_of_several_processes_says_which() -> None:
    assert " INFO 77 shop: hi" in formatter_for(LogFormat.TEXT, has_workers=True).format(record("hi", process=77))


def test_a_line_for_machines() -> None:
    line = json.loads(JsonLines().format(record("hello %s", "wörld", process=77)))
    assert line == {
        "time": "2023-11-14T22:13:20.500Z", "level": "INFO", "logger": "shop", "message": "hello wörld", "process": 77,
    }  # fmt: skip


def test_what_a_record_adds_is_beside_it() -> None:
    line = json.loads(JsonLines().format(record("hi", **{FIELDS: {"status": 200, "duration_ms": 1.5}})))
    assert (line["status"], line["duration_ms"]) == (200, 1.5)


def test_a_line_within_a_request_carries_its_name(request_name: str) -> None:
    assert TextLines(TEXT).format(record("hi")).endswith("shop: hi [abc-123]")
    assert json.loads(JsonLines().format(record("hi")))["request_id"] == request_name


@hostile
def test_nobody_writes_a_line_for_people_but_us(text: str, escaped: str) -> None:
    assert TextLines(TEXT).format(record("hello %s", text)).endswith(f"hello {escaped}")


@hostile
def test_a_traceback_cannot_pass_for_another_line(text: str, escaped: str) -> None:
    first, *rest = TextLines(TEXT).format(failing(f"{text}\n2023-11-14T22:13:20.500Z INFO forged")).split("\n")
    assert first.endswith("failed")
    assert all(line.startswith("  ") for line in rest)
    assert "".join(rest).isprintable()


@hostile
def test_nobody_writes_a_line_for_machines_but_us(text: str, escaped: str) -> None:
    for one in (record("hello %s", text), failing(text), record("hi", name=text), record("hi", **{FIELDS: {"path": text}})):
        line = JsonLines().format(one)
        assert line.isascii()
        assert line.isprintable()
        assert any(text in str(value) for value in json.loads(line).values())


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert json.loads(JsonLines().format(record("hi", **{FIELDS: {"path": b"x"}})))["path"] == "b'x'"


def test_a_traceback_for_machines_is_one_member() -> None:
    assert "LookupError: no" in json.loads(JsonLines().format(failing("no")))["trace"]
