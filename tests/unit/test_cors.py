"""Which other sites' scripts may call: the decision, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from twofold import cors, same_origin
from twofold.errors import ConfigurationError
from twofold.handlers.cors import Cors, Preflight, listed, vary

SHOP, PARTNER, EVIL = "https://shop.example", "https://a.partner.example", "https://evil.example"


def policy(**options: Any) -> Cors:
    given: dict[str, Any] = {
        "origins": [SHOP, "https://*.partner.example"],
        "credentials": False,
        "headers": ["X-Token"],
        "expose": [],
        "max_age_seconds": 600,
        "private_network": False,
    }
    return Cors.declared(**{**given, **options})


@pytest.mark.parametrize(
    ("origin", "headers", "asks_private", "options", "expected"),
    [
        ([SHOP], [], False, {}, Preflight.ALLOWED),
        (["https://SHOP.example:443"], [], False, {}, Preflight.ALLOWED),
        ([PARTNER], [], False, {}, Preflight.ALLOWED),
        (["https://b.a.partner.example"], [], False, {}, Preflight.ORIGIN),
        (["https://partner.example"], [], False, {}, Preflight.ORIGIN),
        (["http://shop.example"], [], False, {}, Preflight.ORIGIN),
        (["https://shop.example:444"], [], False, {}, Preflight.ORIGIN),
        (["https://shop.example.evil.example"], [], False, {}, Preflight.ORIGIN),
        (["https://evil-shop.example"], [], False, {}, Preflight.ORIGIN),
        ([EVIL], [], False, {}, Preflight.ORIGIN),
        (["null"], [], False, {}, Preflight.ORIGIN),
        ([""], [], False, {}, Preflight.ORIGIN),
        (["https://shop.example/"], [], False, {}, Preflight.ORIGIN),
        ([SHOP, EVIL], [], False, {}, Preflight.ORIGIN),
        ([SHOP, SHOP], [], False, {}, Preflight.ORIGIN),
        ([], [], False, {}, Preflight.ORIGIN),
        ([SHOP], ["x-token", "Content-Type", "ACCEPT"], False, {}, Preflight.ALLOWED),
        ([SHOP], ["x-other"], False, {}, Preflight.HEADER),
        ([SHOP], ["authorization"], False, {}, Preflight.HEADER),
        ([SHOP], ["x-token "], False, {}, Preflight.HEADER),
        ([EVIL], ["x-other"], True, {}, Preflight.ORIGIN),
        ([SHOP], [], True, {}, Preflight.NETWORK),
        ([SHOP], [], True, {"private_network": True}, Preflight.ALLOWED),
        ([EVIL], [], False, {"origins": "*"}, Preflight.ALLOWED),
        (["null"], [], False, {"origins": "*"}, Preflight.ALLOWED),
        ([EVIL], ["x-other"], False, {"origins": "*"}, Preflight.HEADER),
    ],
)
def test_what_a_browser_is_told_that_asks_first(
    origin: list[str], headers: list[str], asks_private: bool, options: dict[str, Any], expected: Preflight
) -> None:
    assert policy(**options).preflight(origin, headers, asks_private=asks_private) is expected


@pytest.mark.parametrize(
    ("origin", "options", "expected"),
    [
        ([SHOP], {}, [(b"access-control-allow-origin", SHOP.encode())]),
        (
            [SHOP],
            {"credentials": True},
            [(b"access-control-allow-origin", SHOP.encode()), (b"access-control-allow-credentials", b"true")],
        ),
        (
            [SHOP],
            {"expose": ["X-Total", "ETag"]},
            [(b"access-control-allow-origin", SHOP.encode()), (b"access-control-expose-headers", b"X-Total, ETag")],
        ),
        ([EVIL], {}, []),
        ([EVIL], {"credentials": True}, []),
        ([], {}, []),
        ([EVIL], {"origins": "*"}, [(b"access-control-allow-origin", b"*")]),
    ],
)
def test_what_an_answer_carries(origin: list[str], options: dict[str, Any], expected: list[tuple[bytes, bytes]]) -> None:
    assert policy(**options).answer_headers(origin) == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"origins": "*", "credentials": True}, "list yours"),
        ({"origins": []}, "opens nothing"),
        ({"origins": "https://shop.example"}, "list"),
        ({"origins": ["*"]}, "origin"),
        ({"origins": ["*.com"]}, "origin"),
        ({"origins": ["https://*.com"]}, "domain"),
        ({"origins": ["null"]}, "origin"),
        ({"origins": ["https://shop.example/path"]}, "origin"),
        ({"origins": [SHOP], "headers": "X-Token"}, "write a list"),
        ({"origins": [SHOP], "headers": ["*"]}, "no header name"),
        ({"origins": [SHOP], "expose": ["X Total"]}, "no header name"),
        ({"origins": [SHOP], "expose": ["X\r\nSet-Cookie"]}, "no header name"),
        ({"origins": [SHOP], "max_age_seconds": -1}, "max_age_seconds"),
        ({"origins": [SHOP], "max_age_seconds": 100_000}, "max_age_seconds"),
    ],
)
def test_misuse_is_refused_at_import(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        cors(**options)


def test_an_open_and_a_closed_door_are_a_contradiction() -> None:
    for first, second in ((cors(origins=[SHOP]), same_origin), (same_origin, cors(origins=[SHOP]))):

        async def handler() -> None: ...

        with pytest.raises(ConfigurationError, match="keep one of them"):
            second(first(handler))


def test_one_policy_is_enough() -> None:
    with pytest.raises(ConfigurationError, match="twice"):

        @cors(origins=[SHOP])
        @cors(origins=[EVIL])
        async def handler() -> None: ...


@pytest.mark.parametrize(
    ("values", "expected"), [(["a, b", "c"], ["a", "b", "c"]), ([], []), ([", ,"], []), (["a\t,b"], ["a", "b"])]
)
def test_a_list_header_is_read(values: list[str], expected: list[str]) -> None:
    assert listed(values) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [(b"vary", b"Origin")]),
        ([(b"vary", b"Accept")], [(b"vary", b"Accept, Origin")]),
        ([(b"vary", b"accept, ORIGIN")], [(b"vary", b"accept, ORIGIN")]),
        ([(b"vary", b"*")], [(b"vary", b"*")]),
        ([(b"vary", b"A"), (b"x", b"1"), (b"vary", b"B")], [(b"x", b"1"), (b"vary", b"A, B, Origin")]),
    ],
)
def test_what_varies_is_told_once(before: list[tuple[bytes, bytes]], after: list[tuple[bytes, bytes]]) -> None:
    vary(before, "Origin")
    assert before == after
