"""Which header values are keys, and which requests are the same call."""

from __future__ import annotations

import itertools
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.errors import ValidationFailed
from twofold.idempotency import Part, fingerprint, identity, parse_key


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("a", "a"),
        ("A_z.0:9-", "A_z.0:9-"),
        (" \tabc ", "abc"),
        ('"with space, and comma"', "with space, and comma"),
        (r'"a \"quoted\" back\\slash"', 'a "quoted" back\\slash'),
        ("k" * 255, "k" * 255),
        ('"' + "k" * 255 + '"', "k" * 255),
        ('"' + r"\"" * 255 + '"', '"' * 255),
    ],
)
def test_a_token_or_a_quoted_string_is_a_key(value: str, key: str) -> None:
    assert parse_key([value]) == key


def test_no_header_is_no_key() -> None:
    assert parse_key([]) is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="spaces"),
        pytest.param('""', id="empty string"),
        pytest.param('"', id="one quote"),
        pytest.param('"open', id="open string"),
        pytest.param('closed"', id="closed only"),
        pytest.param("'abc'", id="single quotes"),
        pytest.param("a b", id="bare space"),
        pytest.param("a,b", id="bare comma"),
        pytest.param('"a", "b"', id="two strings in one line"),
        pytest.param('"a";p=1', id="parameters"),
        pytest.param(r'"a\n"', id="escaped letter"),
        pytest.param('"a\\"', id="escaped closing quote"),
        pytest.param('"tab\t"', id="control character"),
        pytest.param("a\n", id="newline at the end"),
        pytest.param("clé", id="not ASCII"),
        pytest.param('"clé"', id="not ASCII, quoted"),
        pytest.param("\uff11\uff12", id="fullwidth digits"),
        pytest.param("a\x00b", id="null"),
        pytest.param("k" * 256, id="256 characters"),
        pytest.param('"' + "k" * 256 + '"', id="256 characters, quoted"),
        pytest.param('"' + r"\"" * 256 + '"', id="256 escaped characters"),
        pytest.param('"' + "\\" * 1_000_000, id="1 MB"),
    ],
)
def test_anything_else_is_refused(value: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        parse_key([value])
    assert list(refusal.value.fields or {}) == ["Idempotency-Key"]


@pytest.mark.parametrize("values", [["a", "a"], ["a", "b"], ["", ""]])
def test_two_headers_are_refused_even_when_equal(values: list[str]) -> None:
    with pytest.raises(ValidationFailed):
        parse_key(values)


@given(st.text())
def test_any_text_is_a_key_or_refused(value: str) -> None:
    try:
        key = parse_key([value])
    except ValidationFailed:
        return
    assert key is not None
    assert 1 <= len(key) <= 255
    assert key.isascii()
    assert key.isprintable()


def test_identities_tell_all_arguments_apart() -> None:
    texts = ["", "a", "b", "ab", "ba", "a:b", "None", '"', "é", "\udcff"]
    principals = [None, "anonymous", *texts]
    arguments = list(itertools.product(principals, texts, texts, texts))
    assert len({identity(*each) for each in arguments}) == len(arguments)


def test_an_identity_is_short_and_shows_nothing() -> None:
    name = identity("secret-session-id", "POST", "/" + "x" * 10_000, "key")
    assert len(name) == 64
    assert "secret" not in name


REQUEST: dict[str, Any] = {
    "method": "POST", "path": "/products/A-1", "query": "a=1", "media_type": "application/json", "body": {"quantity": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/products/A-2"},
        {"query": "a=2"},
        {"media_type": "text/plain"},
        {"body": {"quantity": 2}},
        {"body": {"quantity": True}},
        {"body": {"quantity": "1"}},
        {"body": {"quantity": None}},
        {"body": {}},
        {"body": None},
        {"body": [{"quantity": 1}]},
        {"body": b'{"quantity":1}'},
        {"parts": []},
    ],
    ids=str,
)
def test_another_request_has_another_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint(**REQUEST) != fingerprint(**{**REQUEST, **change})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"body": {"a": 1, "b": 2}}, {"body": {"b": 2, "a": 1}}, id="member order"),
        pytest.param({"media_type": "application/json"}, {"media_type": "Application/JSON; charset=utf-8"}, id="media type"),
        pytest.param(
            {"media_type": "multipart/form-data; boundary=x", "parts": []},
            {"media_type": "multipart/form-data; boundary=y", "parts": []},
            id="multipart boundary",
        ),
    ],
)
def test_a_retry_has_the_same_fingerprint(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert fingerprint(**{**REQUEST, **one}) == fingerprint(**{**REQUEST, **other})


def test_fingerprints_tell_parts_apart() -> None:
    def part(name: str = "a", filename: str | None = None, media_type: str | None = None, content: bytes = b"") -> Part:
        return Part(name, filename, media_type, sha256(content).digest())

    forms: list[list[Part]] = [
        [],
        [part()],
        [part(), part()],
        [part("b")],
        [part(filename="")],
        [part(filename="a")],
        [part(media_type="")],
        [part(media_type="a")],
        [part(content=b"x")],
        [part("a"), part("b")],
        [part("b"), part("a")],
    ]
    assert len({fingerprint(**{**REQUEST, "parts": form}) for form in forms}) == len(forms)
