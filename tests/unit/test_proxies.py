from __future__ import annotations

import pytest

from twofold.errors import ConfigurationError
from twofold.proxies import MAX_HOPS, Client, TrustedProxies, is_allowed_host, parse_allowed_hosts

PROXIES = TrustedProxies.parse(["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"])
STRANGER = "203.0.113.9"
VISITOR = "198.51.100.7"
SPOOFED = [
    (b"x-forwarded-for", b"1.1.1.1"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"evil.example"),
    (b"forwarded", b"for=1.1.1.1;proto=https;host=evil.example"),
    (b"x-real-ip", b"1.1.1.1"),
    (b"x-forwarded-port", b"444"),
]


def resolved(peer: str | None, *headers: tuple[str, str], proxies: TrustedProxies = PROXIES, scheme: str = "http") -> Client:
    return proxies.resolve(peer, scheme, "inner:8000", [(name.encode(), value.encode("latin-1")) for name, value in headers])


@pytest.mark.parametrize("peer", [STRANGER, "11.0.0.1", "127.0.0.2", "2001:db9::1", "testclient", "", None])
def test_headers_of_an_untrusted_peer_change_nothing(peer: str | None) -> None:
    assert PROXIES.resolve(peer, "http", "inner:8000", SPOOFED) == ("http", "inner:8000", peer or None)


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "::1", STRANGER, None])
def test_without_configuration_nobody_is_trusted(peer: str | None) -> None:
    assert TrustedProxies().resolve(peer, "http", "inner:8000", SPOOFED) == ("http", "inner:8000", peer)


@pytest.mark.parametrize("peer", ["10.0.0.0", "10.255.255.255", "127.0.0.1", "2001:db8::5", "::ffff:10.0.0.1"])
def test_headers_of_a_trusted_proxy_count(peer: str) -> None:
    assert PROXIES.resolve(peer, "http", "inner:8000", SPOOFED) == ("https", "evil.example", "1.1.1.1")


def test_trusted_proxy_without_headers_changes_nothing() -> None:
    assert resolved("10.0.0.1") == ("http", "inner:8000", "10.0.0.1")


def test_peer_on_a_unix_socket_is_trusted_by_name() -> None:
    proxies = TrustedProxies.parse(["unix"])

    assert resolved(None, ("x-forwarded-for", VISITOR), proxies=proxies).address == VISITOR
    assert resolved("", ("x-forwarded-for", VISITOR), proxies=proxies).address == VISITOR
    assert resolved("127.0.0.1", ("x-forwarded-for", VISITOR), proxies=proxies).address == "127.0.0.1"
    assert resolved(None, proxies=proxies).address is None


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ([VISITOR], VISITOR),
        ([f"1.1.1.1, {VISITOR}"], VISITOR),
        ([f"10.0.0.9, {VISITOR}"], VISITOR),
        ([f"{VISITOR}, 10.0.0.9"], VISITOR),
        ([f"1.1.1.1, {VISITOR}, 10.0.0.9, 127.0.0.1"], VISITOR),
        ([f"1.1.1.1, {VISITOR}", "10.0.0.9"], VISITOR),
        (["1.1.1.1", VISITOR], VISITOR),
        ([f"{VISITOR},10.0.0.9,\t127.0.0.1 "], VISITOR),
        (["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        ([f"{VISITOR}:51234"], VISITOR),
        (["2001:DB9:0::1"], "2001:db9::1"),
        (["[2001:db9::1]"], "2001:db9::1"),
        (["[2001:db9::1]:443"], "2001:db9::1"),
        ([f"::ffff:{VISITOR}"], VISITOR),
        (["::ffff:10.0.0.9"], "10.0.0.9"),
    ],
)
def test_client_is_the_last_address_that_no_trusted_proxy_has(values: list[str], address: str) -> None:
    assert resolved("10.0.0.1", *(("x-forwarded-for", value) for value in values)).address == address


@pytest.mark.parametrize(
    "garbage",
    [
        "", " ", ",", "unknown", "_hidden", '"1.1.1.1"', "for=1.1.1.1", "1.1.1", "1.1.1.1.1", "1.1.1.256", "01.1.1.1", "0x7f.1",
        "localhost", "1.1.1.1/8", "1.1.1.1\x00", "\xe9", "[]", "[1.1.1.1", "[1.1.1.1]", "[::1", "::1]", "[::1]x", "fe80::1%eth0",
        ":::", "-1", "99999999999", "1.1.1.1:", "1.1.1.1:x", "1.1.1.1:80:80", "<script>",
    ],
)  # fmt: skip
def test_malformed_address_leaves_the_nearest_known_one(garbage: str) -> None:
    assert resolved("10.0.0.1", ("x-forwarded-for", garbage)).address == "10.0.0.1"
    assert resolved("10.0.0.1", ("x-forwarded-for", f"{VISITOR}, {garbage}")).address == "10.0.0.1"
    assert resolved("10.0.0.1", ("x-forwarded-for", f"{VISITOR}, {garbage}, 10.0.0.9")).address == "10.0.0.9"
    assert resolved("10.0.0.1", ("x-forwarded-for", f"{garbage}, {VISITOR}")).address == VISITOR


def test_chain_of_trusted_addresses_is_read_only_so_far() -> None:
    longest = f"{VISITOR}{', 10.0.0.9' * MAX_HOPS}"

    assert resolved("10.0.0.1", ("x-forwarded-for", longest)).address == VISITOR
    assert resolved("10.0.0.1", ("x-forwarded-for", f"{longest}, 10.0.0.9")).address == "10.0.0.9"
    assert resolved("10.0.0.1", ("x-forwarded-for", "10.0.0.9," * 100_000 + VISITOR)).address == VISITOR


@pytest.mark.parametrize(
    ("scheme", "values", "resulting"),
    [
        ("http", ["https"], "https"),
        ("http", ["HTTPS"], "https"),
        ("http", ["http, https"], "https"),
        ("http", ["https, http"], "http"),
        ("http", ["https", "http"], "http"),
        ("http", [" https "], "https"),
        ("https", ["http"], "http"),
        ("http", ["wss"], "https"),
        ("ws", ["https"], "wss"),
        ("wss", ["http"], "ws"),
        ("ws", ["ws"], "ws"),
        ("http", [""], "http"),
        ("https", ["https,"], "https"),
        ("http", ["https,"], "http"),
        ("http", ["ftp"], "http"),
        ("http", ["https://"], "http"),
        ("http", ["javascript:alert(1)"], "http"),
        ("http", ["https\x00"], "http"),
    ],
)
def test_scheme_is_the_last_forwarded_one_or_else_the_connections(scheme: str, values: list[str], resulting: str) -> None:
    assert resolved("10.0.0.1", *(("x-forwarded-proto", value) for value in values), scheme=scheme).scheme == resulting


@pytest.mark.parametrize(
    ("values", "host"),
    [
        (["shop.example"], "shop.example"),
        (["shop.example:8443"], "shop.example:8443"),
        (["[::1]:8443"], "[::1]:8443"),
        (["evil.example, shop.example"], "shop.example"),
        (["evil.example", "shop.example"], "shop.example"),
        (["shop.example, "], "inner:8000"),
        ([""], "inner:8000"),
        (["shop.example/path"], "inner:8000"),
        (["user@shop.example"], "inner:8000"),
        (["https://shop.example"], "inner:8000"),
        (["shop example"], "inner:8000"),
        (["sh\xf6p.example"], "inner:8000"),
        (["a" * 100_000], "inner:8000"),
    ],
)
def test_host_is_the_last_forwarded_one_or_else_the_connections(values: list[str], host: str) -> None:
    assert resolved("10.0.0.1", *(("x-forwarded-host", value) for value in values)).host == host


def test_bytes_outside_ascii_are_no_error() -> None:
    headers = [(name, bytes(range(128, 256))) for name in (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")]

    assert PROXIES.resolve("10.0.0.1", "http", "inner:8000", headers) == ("http", "inner:8000", "10.0.0.1")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("nginx", "not a trusted proxy"),
        ("", "not a trusted proxy"),
        ("*", "not a trusted proxy"),
        ("10.0.0.1/8", "has host bits set"),
        ("10.0.0.0/33", "not a trusted proxy"),
        ("10.0.0.0/8 ", "not a trusted proxy"),
        ("10.0.0.1:80", "not a trusted proxy"),
        ("0.0.0.0/0", "trusts everyone"),
        ("::/0", "trusts everyone"),
    ],
)
def test_entry_that_is_no_proxy_is_misuse(entry: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        TrustedProxies.parse(["127.0.0.1", entry])
    assert repr(entry) in str(caught.value)


def test_one_text_instead_of_a_list_is_misuse() -> None:
    with pytest.raises(ConfigurationError, match="are a list"):
        TrustedProxies.parse("127.0.0.1")
    with pytest.raises(ConfigurationError, match="are a list"):
        parse_allowed_hosts("shop.example")


@pytest.mark.parametrize(
    ("pattern", "host", "is_allowed"),
    [
        ("shop.example", "shop.example", True),
        ("shop.example", "shop.example:8000", True),
        ("shop.example", "SHOP.example", True),
        ("Shop.Example", "shop.example", True),
        ("shop.example", "shop.example.", True),
        ("shop.example.", "shop.example", True),
        ("shop.example", "a.shop.example", False),
        ("shop.example", "evilshop.example", False),
        ("shop.example", "shop.example.evil.example", False),
        ("*.shop.example", "a.shop.example", True),
        ("*.shop.example", "a.shop.example:443", True),
        ("*.shop.example", "shop.example", False),
        ("*.shop.example", "a.b.shop.example", False),
        ("*.shop.example", "evilshop.example", False),
        (".shop.example", "shop.example", True),
        (".shop.example", "a.shop.example", True),
        (".shop.example", "a.b.shop.example", True),
        (".shop.example", "evilshop.example", False),
        (".shop.example", "shop.example.evil.example", False),
        ("localhost", "localhost:8000", True),
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("[::1]", "[::1]:8000", True),
        ("[0:0::1]", "[::1]", True),
    ],
)
def test_host_is_allowed_by_name(pattern: str, host: str, is_allowed: bool) -> None:
    assert is_allowed_host(host, parse_allowed_hosts(["other.example", pattern])) is is_allowed


@pytest.mark.parametrize(
    "host",
    [
        "", " ", ".", ":80", "shop.example:", "shop.example:x", "shop.example:80:80", "shop.example, evil.example",
        "user@shop.example", "shop.example/", "shop.example\\@evil.example", "shop.example#", "shop.example?", "shop.example\x00",
        " shop.example", "shop.example\r\n", ".shop.example", "*.shop.example", "a..shop.example", "shop.example..",
        "\u017fhop.example", "[::1", "::1", "a" * 100_000,
    ],
)  # fmt: skip
def test_malformed_host_is_nobodys(host: str) -> None:
    assert not is_allowed_host(host, parse_allowed_hosts(["shop.example", ".shop.example", "*.shop.example", "[::1]"]))


def test_no_host_is_allowed_by_an_empty_list() -> None:
    assert not is_allowed_host("shop.example", ())


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*", "not a host"),
        ("", "not a host"),
        (".", "not a host"),
        ("*.", "not a host"),
        ("*.*.example", "not a host"),
        ("a.*.example", "not a host"),
        ("**.example", "not a host"),
        ("https://shop.example", "not a host"),
        ("shop.example/", "not a host"),
        ("bücher.example", "not a host"),
        ("shop.example:8000", "write 'shop.example'"),
        ("*.shop.example:8000", "write '\\*.shop.example'"),
    ],
)
def test_allowed_host_that_is_none_is_misuse(pattern: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_allowed_hosts([pattern])
