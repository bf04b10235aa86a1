from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal

import pytest

from twofold.errors import ConfigurationError
from twofold.origin import (
    NO_ORIGINS,
    AllowedOrigins,
    Decision,
    Origin,
    configured_origins,
    decide,
    has_ambient_credentials,
    is_safe,
    own_origins,
    parse_authority,
    parse_origin,
    shown,
)
from twofold.proxies import TrustedProxies

Kind = Literal["action", "handler"]

OWN = configured_origins(["https://shop.example"])
ALLOWED = AllowedOrigins.parse(["https://pay.example", "https://*.partner.example"])

ORIGINS: dict[str, list[str]] = {
    "absent": [],
    "null": ["null"],
    "own": ["https://shop.example"],
    "own-http": ["http://shop.example"],
    "own-444": ["https://shop.example:444"],
    "evil": ["https://evil.example"],
    "suffix": ["https://shop.example.evil.example"],
    "prefix": ["https://evilshop.example"],
    "exact": ["https://pay.example"],
    "wild": ["https://a.partner.example"],
    "two": ["https://a.b.partner.example"],
    "apex": ["https://partner.example"],
    "malformed": ["https://shop.example/path"],
}
SITES: dict[str, list[str]] = {
    "absent": [],
    "same-origin": ["same-origin"],
    "none": ["none"],
    "same-site": ["same-site"],
    "cross-site": ["cross-site"],
    "Same-Origin": ["Same-Origin"],
    "two-headers": ["same-origin", "same-origin"],
}
# Rows Sec-Fetch-Site, columns Origin; A allows, d denies; ambient credentials are present.
TRUTH = """
             absent null own own-http own-444 evil suffix prefix exact wild two apex malformed
absent       d      d    A   d        d       d    d      d      A     A    d   d    d
same-origin  A      A    A   A        A       A    A      A      A     A    A   A    d
none         A      A    A   A        A       A    A      A      A     A    A   A    d
same-site    d      d    d   d        d       d    d      d      A     A    d   d    d
cross-site   d      d    d   d        d       d    d      d      A     A    d   d    d
Same-Origin  d      d    d   d        d       d    d      d      A     A    d   d    d
two-headers  d      d    d   d        d       d    d      d      d     d    d   d    d
"""


def truth() -> dict[tuple[str, str], bool]:
    header, *rows = [line.split() for line in TRUTH.strip().splitlines()]
    return {(row[0], column): cell == "A" for row in rows for column, cell in zip(header, row[1:], strict=True)}


def rows() -> Iterator[tuple[str, str, Kind, bool, bool]]:
    kinds: tuple[Kind, ...] = ("action", "handler")
    for (site, origin), kind, is_ambient in product(truth(), kinds, (True, False)):
        is_open = (site, origin, kind, is_ambient) == ("absent", "absent", "handler", False)
        yield site, origin, kind, is_ambient, is_open or truth()[site, origin]


ROWS = list(rows())


def decided(
    site: Sequence[str],
    origin: Sequence[str],
    *,
    kind: Kind = "handler",
    own: Sequence[Origin] = OWN,
    allowed: AllowedOrigins = ALLOWED,
    is_ambient: bool = True,
) -> Decision:
    return decide(
        sec_fetch_site=site,
        origin=origin,
        own=lambda: own,
        allowed=allowed,
        kind=kind,
        has_ambient_credentials=lambda: is_ambient,
    )


def test_truth_table_has_every_cell() -> None:
    assert set(truth()) == set(product(SITES, ORIGINS))
    assert len(truth()) == 7 * 13


@pytest.mark.parametrize(("site", "origin", "kind", "is_ambient", "is_allowed"), ROWS)
def test_decision_is_that_of_the_truth_table(site: str, origin: str, kind: Kind, is_ambient: bool, is_allowed: bool) -> None:
    assert decided(SITES[site], ORIGINS[origin], kind=kind, is_ambient=is_ambient).allowed is is_allowed


@pytest.mark.parametrize(("site", "origin", "kind", "is_ambient", "is_allowed"), ROWS)
def test_truth_table_is_the_same_when_host_is_the_evidence(
    site: str, origin: str, kind: Kind, is_ambient: bool, is_allowed: bool
) -> None:
    own = own_origins("https", "shop.example")

    assert decided(SITES[site], ORIGINS[origin], kind=kind, own=own, is_ambient=is_ambient).allowed is is_allowed


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("origin", ["exact", "wild"])
def test_allowed_origin_means_nothing_to_who_did_not_opt_in(site: str, origin: str) -> None:
    """An action without the option decides about these two as about a stranger."""
    assert (
        decided(SITES[site], ORIGINS[origin], kind="action", allowed=NO_ORIGINS).allowed
        is decided(SITES[site], ORIGINS["evil"], kind="action").allowed
    )


@pytest.mark.parametrize(
    ("site", "origin", "kind", "is_ambient", "decision"),
    [
        ("same-origin", "own", "action", True, (True, "sec-fetch-site")),
        ("none", "absent", "action", True, (True, "sec-fetch-site")),
        ("absent", "own", "action", True, (True, "origin-matches-host")),
        ("absent", "exact", "handler", True, (True, "origin-allowed")),
        ("cross-site", "wild", "handler", True, (True, "origin-allowed")),
        ("absent", "absent", "handler", False, (True, "no-ambient-credentials")),
        ("two-headers", "own", "action", True, (False, "duplicate-header")),
        ("same-origin", "malformed", "action", True, (False, "origin-malformed")),
        ("absent", "null", "action", True, (False, "origin-null")),
        ("absent", "evil", "action", True, (False, "origin-mismatch")),
        ("absent", "own-http", "action", True, (False, "origin-mismatch")),
        ("cross-site", "null", "action", True, (False, "cross-site")),
        ("cross-site", "own", "action", True, (False, "cross-site")),
        ("same-site", "absent", "action", True, (False, "same-site")),
        ("Same-Origin", "own", "action", True, (False, "sec-fetch-site-unknown")),
        ("absent", "absent", "action", False, (False, "no-evidence")),
        ("absent", "absent", "handler", True, (False, "no-evidence")),
    ],
)
def test_every_decision_has_a_named_reason(
    site: str, origin: str, kind: Kind, is_ambient: bool, decision: tuple[bool, str]
) -> None:
    assert decided(SITES[site], ORIGINS[origin], kind=kind, is_ambient=is_ambient) == decision


@pytest.mark.parametrize(
    "value", ["", " same-origin", "same-origin ", "same-origin, same-origin", "same-origin;q=1", "\x00", "NONE"]
)
def test_unknown_sec_fetch_site_is_refused_and_not_treated_as_missing(value: str) -> None:
    assert decided([value], ["https://shop.example"]) == (False, "sec-fetch-site-unknown")


@pytest.mark.parametrize("origin", [["https://shop.example"] * 2, ["null", "https://shop.example"], ["", ""]])
@pytest.mark.parametrize("site", SITES)
def test_two_origin_headers_are_refused(site: str, origin: list[str]) -> None:
    assert decided(SITES[site], origin) == (False, "duplicate-header")


def refusal_of_null(site: Sequence[str], *, allow_null_origin: bool) -> Decision:
    return decide(
        sec_fetch_site=site,
        origin=["null"],
        own=lambda: OWN,
        kind="action",
        has_ambient_credentials=lambda: False,
        allow_null_origin=allow_null_origin,
    )


def test_null_origin_passes_only_by_option_and_never_against_the_browsers_word() -> None:
    assert refusal_of_null([], allow_null_origin=False) == (False, "origin-null")
    assert refusal_of_null([], allow_null_origin=True) == (True, "null-origin-allowed")
    assert refusal_of_null(["cross-site"], allow_null_origin=True) == (False, "cross-site")


@pytest.mark.parametrize(
    ("kind", "is_ambient", "decision"),
    [
        ("action", True, (False, "no-evidence")),
        ("action", False, (False, "no-evidence")),
        ("handler", True, (True, "missing-evidence-allowed")),
        ("handler", False, (True, "no-ambient-credentials")),
    ],
)
def test_missing_evidence_passes_only_in_handlers_and_by_option(kind: Kind, is_ambient: bool, decision: tuple[bool, str]) -> None:
    assert (
        decide(
            sec_fetch_site=[],
            origin=[],
            own=lambda: OWN,
            kind=kind,
            has_ambient_credentials=lambda: is_ambient,
            missing_evidence="allow",
        )
        == decision
    )


PROXY = "10.0.0.2"
VISITOR = "203.0.113.9"
OURS = (True, "origin-matches-host")
FOREIGN = (False, "origin-mismatch")
INNER = "10.0.0.5:8000"
SITUATIONS: list[tuple[str, str, str, str, dict[str, str], str, tuple[bool, str]]] = [
    ("direct, same host", VISITOR, "https", "shop.example", {}, "https://shop.example", OURS),
    ("TLS ends in front, nobody says so", VISITOR, "http", "shop.example", {}, "https://shop.example", OURS),
    ("downgrade", VISITOR, "https", "shop.example", {}, "http://shop.example", FOREIGN),
    ("downgrade, a trusted proxy says https", PROXY, "http", "shop.example", {"proto": "https"}, "http://shop.example", FOREIGN),
    ("proto of an untrusted peer", VISITOR, "http", "shop.example", {"proto": "https"}, "http://shop.example", OURS),
    ("host of an untrusted peer", VISITOR, "https", "shop.example", {"host": "evil.example"}, "https://evil.example", FOREIGN),
    ("host of a trusted proxy", PROXY, "http", INNER, {"host": "shop.example"}, "https://shop.example", OURS),
    ("proxy not configured", VISITOR, "http", INNER, {"host": "shop.example"}, "https://shop.example", FOREIGN),
    ("appended to a spoof", PROXY, "http", INNER, {"host": "evil.example, shop.example"}, "https://evil.example", FOREIGN),
    ("forwarded port", PROXY, "http", INNER, {"host": "shop.example:8443"}, "https://shop.example:8443", OURS),
    ("default port in Origin", VISITOR, "https", "shop.example", {}, "https://shop.example:443", OURS),
    ("default port in Host", VISITOR, "https", "shop.example:443", {}, "https://shop.example", OURS),
    ("case of Origin", VISITOR, "https", "shop.example", {}, "https://SHOP.example", OURS),
    ("case of Host", VISITOR, "https", "SHOP.example", {}, "https://shop.example", OURS),
    ("rebinding, which allowed hosts stop", VISITOR, "https", "evil.example", {}, "https://evil.example", OURS),
    ("development server", VISITOR, "http", "127.0.0.1:8000", {}, "http://127.0.0.1:8000", OURS),
    ("localhost is another host", VISITOR, "http", "127.0.0.1:8000", {}, "http://localhost:8000", FOREIGN),
    ("another port", VISITOR, "http", "127.0.0.1:8000", {}, "http://127.0.0.1:8001", FOREIGN),
    ("IPv6", VISITOR, "http", "[::1]:8000", {}, "http://[::1]:8000", OURS),
    ("IPv6 spelt out", VISITOR, "http", "[0:0::1]:8000", {}, "http://[::1]:8000", OURS),
    ("WebSocket", VISITOR, "ws", "shop.example", {}, "http://shop.example", OURS),
    ("secure WebSocket", VISITOR, "wss", "shop.example", {}, "https://shop.example", OURS),
    ("WebSocket downgrade", VISITOR, "wss", "shop.example", {}, "http://shop.example", FOREIGN),
    ("no Host", VISITOR, "http", "", {}, "https://shop.example", FOREIGN),
    ("malformed Host", VISITOR, "http", "a b", {}, "https://shop.example", FOREIGN),
]


@pytest.mark.parametrize(
    ("peer", "scheme", "host", "forwarded", "origin", "decision"),
    [pytest.param(*values, id=situation) for situation, *values in SITUATIONS],
)
def test_decision_by_host_scheme_and_proxies(
    peer: str, scheme: str, host: str, forwarded: dict[str, str], origin: str, decision: tuple[bool, str]
) -> None:
    headers = [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in forwarded.items()]
    client = TrustedProxies.parse(["10.0.0.0/8"]).resolve(peer, scheme, host, headers)

    assert decided([], [origin], own=own_origins(client.scheme, client.host)) == decision


def test_browsers_word_counts_behind_a_proxy_that_rewrites_host() -> None:
    own = own_origins("http", "10.0.0.5:8000")

    assert decided(["same-origin"], ["https://shop.example"], own=own) == (True, "sec-fetch-site")


def test_host_is_no_evidence_once_origins_are_configured() -> None:
    own = own_origins("https", "evil.example", OWN)

    assert own == OWN
    assert decided([], ["https://evil.example"], own=own) == (False, "origin-mismatch")


def test_configured_http_origin_never_matches_an_https_scope() -> None:
    both = configured_origins(["http://shop.example", "https://shop.example"])

    assert own_origins("http", "shop.example", both) == both
    assert own_origins("https", "shop.example", both) == OWN
    assert own_origins("wss", "shop.example", both) == OWN


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("https://*.partner.example", "http://a.partner.example"),
        ("https://*.partner.example", "https://a.partner.example:8443"),
        ("https://*.partner.example:8443", "https://a.partner.example"),
        ("https://*.partner.example", "https://apartner.example"),
        ("https://*.partner.example", "https://a.partner.example."),
        ("https://*.partner.example", "https://a.partner.example.evil.example"),
        ("https://pay.example", "https://pay.example:444"),
        ("https://pay.example", "http://pay.example"),
        ("https://pay.example", "https://a.pay.example"),
    ],
)
def test_allowed_origin_does_not_reach_further(allowed: str, origin: str) -> None:
    assert decided([], [origin], allowed=AllowedOrigins.parse([allowed])) == (False, "origin-mismatch")


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("https://pay.example", "https://pay.example"),
        ("https://PAY.example:443", "https://pay.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("https://*.Partner.example", "https://A.partner.example"),
        ("https://*.partner.example:8443", "https://a.partner.example:8443"),
        ("https://*.partner.example:443", "https://a.partner.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_allowed_origin_is_allowed(allowed: str, origin: str) -> None:
    assert decided([], [origin], allowed=AllowedOrigins.parse([allowed])) == (True, "origin-allowed")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*", "too free"),
        ("*.com", "too free"),
        ("https://*", "too free"),
        ("http*://shop.example", "too free"),
        ("*://shop.example", "too free"),
        ("https://**.example.com", "too free"),
        ("https://*.*.example.com", "too free"),
        ("https://a*.example.com", "too free"),
        ("https://a.*.example.com", "too free"),
        ("https://example.*", "too free"),
        ("https://*example.com", "too free"),
        ("https://*.com", "sites of others"),
        ("https://*.com.", "sites of others"),
        ("https://*.localhost", "sites of others"),
        ("https://*.0.0.1", "sites of others"),
        ("https://*.[::1]", "sites of others"),
        ("https://*.", "not an origin"),
        ("https://*.example.com/path", "path, query or fragment"),
        ("null", "belongs to nobody"),
        ("shop.example", "no scheme"),
        ("//shop.example", "no scheme"),
        ("shop.example:443", "no scheme"),
        ("", "no scheme"),
        ("https://", "not an origin"),
        ("https://shop.example/", "path, query or fragment"),
        ("https://shop.example/path", "path, query or fragment"),
        ("https://shop.example?query=value", "path, query or fragment"),
        ("https://shop.example#fragment", "path, query or fragment"),
        ("https://user@shop.example", "not an origin"),
        ("https://ex ample.com", "not an origin"),
        ("https://bücher.example", "xn--"),
        ("https://shop.example:", "not an origin"),
        ("https://shop.example:99999", "not an origin"),
        (" https://shop.example", "not an origin"),
    ],
)
def test_configured_origin_that_is_none_is_misuse(pattern: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        AllowedOrigins.parse(["https://pay.example", pattern])
    assert repr(pattern) in str(caught.value) or pattern == "null"
    with pytest.raises(ConfigurationError):
        configured_origins([pattern])


def test_own_origins_take_no_wildcards() -> None:
    with pytest.raises(ConfigurationError):
        configured_origins(["https://*.example.com"])


def test_one_text_instead_of_a_list_is_misuse() -> None:
    for parse in (AllowedOrigins.parse, configured_origins):
        with pytest.raises(ConfigurationError, match="are a list"):
            parse("https://shop.example")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", ("https", "shop.example", 443)),
        ("http://shop.example", ("http", "shop.example", 80)),
        ("HTTPS://SHOP.EXAMPLE:443", ("https", "shop.example", 443)),
        ("http://shop.example:443", ("http", "shop.example", 443)),
        ("https://shop.example.", ("https", "shop.example.", 443)),
        ("http://my_app:8000", ("http", "my_app", 8000)),
        ("http://127.0.0.1:1", ("http", "127.0.0.1", 1)),
        ("http://[2001:DB8::1]:65535", ("http", "[2001:db8::1]", 65535)),
        ("https://[::FFFF:1.2.3.4]", ("https", "[::ffff:1.2.3.4]", 443)),
        ("moz-extension://d0f9", ("moz-extension", "d0f9", None)),
        ("capacitor://localhost:80", ("capacitor", "localhost", 80)),
    ],
)
def test_origin_is_normalised(text: str, origin: tuple[str, str, int | None]) -> None:
    if origin[1] == "[::ffff:1.2.3.4]":  # written differently by different Pythons
        assert parse_origin(text) in (origin, ("https", "[::ffff:102:304]", 443))
    else:
        assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "null", "NULL", "Null", "undefined", "https", "https:", "https:/", "https://", "https:///",
        "https:/shop.example", "https:shop.example", "://shop.example", "//shop.example", "shop.example", "shop.example:443", "1https://shop.example",
        "ht tp://shop.example", "hт://shop.example", "https://shop.example/", "https://shop.example?", "https://shop.example#",
        "https://shop.example\\", "https://user@shop.example", "https://user:pass@shop.example", "https://@shop.example",
        "https://shop.example https://evil.example", "https://shop.example, https://evil.example", "https://shop.example,",
        " https://shop.example", "https://shop.example ", "https://shop.example\t", "https://shop.example\r\nX: y", "https://shop.example\x00",
        "https://shop .example", "https://shop%2eexample", "https://.shop.example", "https://shop..example", "https://.", "https://..",
        "https://*.example", "https://shop.example:", "https://shop.example:0", "https://shop.example:00", "https://shop.example:0443",
        "https://shop.example:65536", "https://shop.example:999999", "https://shop.example:-1", "https://shop.example:+443",
        "https://shop.example:4 43", "https://shop.example:443:443", "https://shop.example:https", "https://:443", "https://shop.example:٤٤٣",
        "https://[::1", "https://::1", "https://[]", "https://[:::]", "https://[::1]x", "https://[::1]]", "https://[::1%25eth0]",
        "https://[::1%eth0]", "https://[127.0.0.1]", "https://[v1.a]", "https://[[::1]]", "https://shop.example]", "https://sh[op].example",
        "https://bücher.example", "https://\u212aiosk.example", "https://shop\u3002example", "https://shop\xad.example",
        "https://" + "a" * 400, "a" * 400 + "://shop.example", "x" * 1_000_000, "https://shop.example:" + "1" * 100_000,
    ],
)  # fmt: skip
def test_malformed_origin_is_none_and_refused_whatever_else_the_request_says(text: str) -> None:
    assert parse_origin(text) is None
    if text != "null":
        for site in SITES.values():
            for is_ambient in (True, False):
                assert not decided(site, [text], is_ambient=is_ambient).allowed


@pytest.mark.parametrize(
    "text", ["https://shop.example", "http://shop.example:8000", "http://[::1]", "https://a:80", "app://local"]
)
def test_origin_is_written_as_browsers_write_it(text: str) -> None:
    assert str(parse_origin(text)) == text


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("shop.example", ("shop.example", None)),
        ("Shop.Example:80", ("shop.example", 80)),
        ("[::1]", ("[::1]", None)),
        ("[::1]:8000", ("[::1]", 8000)),
        ("", None),
        (":80", None),
        ("shop.example:", None),
        ("user@shop.example", None),
        ("shop.example/path", None),
        ("shop.example, evil.example", None),
        ("\u212a", None),
    ],
)
def test_authority_is_a_host_and_perhaps_a_port(text: str, authority: tuple[str, int | None] | None) -> None:
    assert parse_authority(text) == authority


@pytest.mark.parametrize(
    ("scheme", "host", "origins"),
    [
        ("https", "shop.example", ["https://shop.example"]),
        ("https", "shop.example:8443", ["https://shop.example:8443"]),
        ("http", "shop.example", ["http://shop.example", "https://shop.example"]),
        ("http", "shop.example:80", ["http://shop.example", "https://shop.example"]),
        ("http", "shop.example:8000", ["http://shop.example:8000", "https://shop.example:8000"]),
        ("http", "shop.example:443", ["http://shop.example:443", "https://shop.example"]),
        ("ws", "shop.example", ["http://shop.example", "https://shop.example"]),
        ("wss", "shop.example", ["https://shop.example"]),
        ("http", "", []),
        ("http", "evil@shop.example", []),
    ],
)
def test_own_origins_come_from_scheme_and_host(scheme: str, host: str, origins: list[str]) -> None:
    assert [str(origin) for origin in own_origins(scheme, host)] == origins


@pytest.mark.parametrize(
    ("has_cookie", "authorization", "has_client_certificate", "is_ambient"),
    [
        (False, [], False, False),
        (True, [], False, True),
        (False, [], True, True),
        (False, ["Basic dXNlcg=="], False, True),
        (False, ["basic"], False, True),
        (False, ["DIGEST username=x"], False, True),
        (False, [" Negotiate abc"], False, True),
        (False, ["NTLM abc"], False, True),
        (False, ["Bearer Basic"], False, False),
        (False, ["Bearer abc", "Basic abc"], False, True),
        (False, ["Basically abc"], False, False),
        (False, [""], False, False),
        (False, ["   "], False, False),
        (True, ["Bearer abc"], False, True),
    ],
)
def test_credentials_are_ambient_when_the_browser_adds_them(
    has_cookie: bool, authorization: list[str], has_client_certificate: bool, is_ambient: bool
) -> None:
    assert (
        has_ambient_credentials(has_cookie=has_cookie, authorization=authorization, has_client_certificate=has_client_certificate)
        is is_ambient
    )


@pytest.mark.parametrize(
    ("method", "safe"),
    [
        ("GET", True), ("HEAD", True), ("OPTIONS", True), ("POST", False), ("PUT", False), ("PATCH", False), ("DELETE", False),
        ("TRACE", False), ("CONNECT", False), ("get", False), ("", False), ("GETX", False),
    ],
)  # fmt: skip
def test_only_get_head_and_options_are_safe(method: str, safe: bool) -> None:
    assert is_safe(method) is safe


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("https://evil.example", "https://evil.example"),
        ("a\r\nSet-Cookie: x", "a\\r\\nSet-Cookie: x"),
        ("\x1b[2J", "\\x1b[2J"),
        ("é\u2028\ud800", "\\xe9\\u2028\\ud800"),
        ("back\\slash", "back\\\\slash"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 100 + "..."),
        ("x" * 1_000_000, "x" * 100 + "..."),
    ],
)
def test_header_values_are_shown_short_and_on_one_line(value: str, text: str) -> None:
    assert shown(value) == text
    assert shown(value).isascii()
    assert shown(value).isprintable()
