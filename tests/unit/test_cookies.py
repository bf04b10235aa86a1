from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import cookie_parser

from twofold.cookies import MAX_COOKIE_BYTES, CookieJar
from twofold.errors import ConfigurationError


def jar(*sent: str, is_secure: bool = True) -> CookieJar:
    return CookieJar(sent, is_secure=is_secure)


def written(name: str, value: str, *, is_secure: bool = True, **options: Any) -> str:
    one = jar(is_secure=is_secure)
    one.set(name, value, **options)
    [(header, text)] = one.headers()
    assert header == b"set-cookie"
    return text.decode("ascii")


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ([], {}),
        ([""], {}),
        (["a=1"], {"a": "1"}),
        (["a=1; b=2"], {"a": "1", "b": "2"}),
        (["a=1", "b=2"], {"a": "1", "b": "2"}),
        (['a="1 2"'], {"a": "1 2"}),
        (["a=1=2"], {"a": "1=2"}),
        (["=; ;;a=1;;"], {"a": "1"}),
        (["\xff\x80=\xe9; a=1"], {"a": "1"}),
        (["a" * 20_000], {}),
    ],
)
def test_reading_is_lenient(sent: list[str], found: dict[str, str]) -> None:
    one = jar(*sent)
    assert {name: one.get(name) for name in found} == found
    assert one.headers() == []


def test_missing_cookie_has_a_default() -> None:
    one = jar("a=1")
    assert (one.get("b"), one.get("b", "x"), "b" in one, "a" in one, one["a"]) == (None, "x", False, True, "1")
    with pytest.raises(KeyError):
        one["b"]


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, "n=v; HttpOnly; Path=/; SameSite=lax; Secure"),
        ({"is_secure": False}, "n=v; HttpOnly; Path=/; SameSite=lax"),
        ({"is_secure": False, "same_site": "none"}, "n=v; HttpOnly; Path=/; SameSite=none; Secure"),
        ({"same_site": "strict"}, "n=v; HttpOnly; Path=/; SameSite=strict; Secure"),
        ({"http_only": False}, "n=v; Path=/; SameSite=lax; Secure"),
        ({"max_age_seconds": 60}, "n=v; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure"),
        ({"max_age_seconds": 0}, "n=v; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure"),
        ({"path": "/shop"}, "n=v; HttpOnly; Path=/shop; SameSite=lax; Secure"),
        ({"domain": "shop.example"}, "n=v; Domain=shop.example; HttpOnly; Path=/; SameSite=lax; Secure"),
    ],
)
def test_cookie_is_secure_unless_told_otherwise(options: dict[str, Any], header: str) -> None:
    assert written("n", "v", **options) == header


@pytest.mark.parametrize("name", ["__Host-a", "__Secure-a"])
def test_prefixed_cookie_is_always_secure(name: str) -> None:
    assert written(name, "v", is_secure=False).endswith("; Secure")


@pytest.mark.parametrize("value", ["", "a b", "a;b", 'a"b', "a,b", "a=b", "\\", "a; HttpOnly; Domain=evil.example", "%C3%A9"])
def test_value_comes_back_as_it_was(value: str) -> None:
    header = written("n", value)
    assert header.count(";") == 4
    assert cookie_parser(header.partition("; ")[0]) == {"n": value}


@pytest.mark.parametrize(
    ("name", "value", "options", "message"),
    [
        ("", "v", {}, "use letters"),
        ("a b", "v", {}, "use letters"),
        ("a;b", "v", {}, "use letters"),
        ("a=b", "v", {}, "use letters"),
        ("a\r\nb", "v", {}, "use letters"),
        ("é", "v", {}, "use letters"),
        ("a", "é", {}, "urllib.parse.quote"),
        ("a", "€", {}, "urllib.parse.quote"),
        ("a", "x\r\nset-cookie: b=c", {}, "urllib.parse.quote"),
        ("a", "\x00", {}, "urllib.parse.quote"),
        ("a", "\ud800", {}, "urllib.parse.quote"),
        ("a", "v", {"path": "/; Domain=evil.example"}, "semicolons"),
        ("a", "v", {"path": "/\r\nx: y"}, "printable"),
        ("a", "v", {"domain": "shop.example; SameSite=None"}, "semicolons"),
        ("a", "v", {"domain": "é.example"}, "printable"),
        ("__Host-a", "v", {"path": "/shop"}, "__Host-"),
        ("__Host-a", "v", {"domain": "shop.example"}, "__Host-"),
        ("a", "v" * MAX_COOKIE_BYTES, {}, "may drop"),
    ],
)
def test_what_browsers_would_misread_is_refused(name: str, value: str, options: dict[str, Any], message: str) -> None:
    one = jar()
    with pytest.raises(ConfigurationError, match=message):
        one.set(name, value, **options)
    assert (one.headers(), one.get(name)) == ([], None)


def test_last_write_of_one_cookie_wins() -> None:
    one = jar()
    one.set("a", "1")
    one.set("a", "2")
    one.set("a", "3", path="/shop")
    assert [value.partition(b";")[0] for _, value in one.headers()] == [b"a=2", b"a=3"]


def test_write_is_seen_by_later_reads() -> None:
    one = jar("a=1; b=2")
    one.set("a", "3")
    one.delete("b")
    assert (one.get("a"), "b" in one) == ("3", False)


def test_deletion_is_an_empty_cookie_of_no_age() -> None:
    one = jar("a=1")
    one.delete("a", path="/shop", domain="shop.example")
    assert one.headers() == [(b"set-cookie", b'a=""; Domain=shop.example; HttpOnly; Max-Age=0; Path=/shop; SameSite=lax; Secure')]


def test_deletion_of_what_was_never_there_is_sent() -> None:
    one = jar()
    one.delete("a")
    assert len(one.headers()) == 1
