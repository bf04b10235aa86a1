from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from twofold.origin import NO_ORIGINS, AllowedOrigins, Decision, decide, own_origins, parse_origin, shown
from twofold.proxies import TrustedProxies, is_allowed_host

LABELS = st.text("abcxyz019-_", min_size=1, max_size=6)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PORTS = st.none() | st.integers(1, 65_535)
SCHEMES = st.sampled_from(["http", "https"])
ANY_TEXT = st.text(st.characters(), max_size=60)
NOISE = ANY_TEXT | st.text("htps:/.[]@*, \t0189ab-", max_size=40)
SITES = st.lists(st.sampled_from(["same-origin", "none", "same-site", "cross-site"]) | NOISE, max_size=2)


@st.composite
def origins(draw: st.DrawFn) -> str:
    port = draw(PORTS)
    return f"{draw(SCHEMES)}://{draw(HOSTS)}" + ("" if port is None else f":{port}")


def decided(
    site: list[str], origin: list[str], host: str = "shop.example", allowed: AllowedOrigins = NO_ORIGINS, is_action: bool = True
) -> Decision:
    return decide(
        sec_fetch_site=site,
        origin=origin,
        own=lambda: own_origins("https", host),
        allowed=allowed,
        kind="action" if is_action else "handler",
        has_ambient_credentials=lambda: True,
    )


@given(origins())
def test_written_origin_reads_back(text: str) -> None:
    origin = parse_origin(text)

    assert origin is not None
    assert parse_origin(str(origin)) == origin
    assert parse_origin(text.upper()) == origin


@given(NOISE)
def test_text_that_reads_as_an_origin_has_nothing_else_in_it(text: str) -> None:
    origin = parse_origin(text)
    if origin is not None:
        assert parse_origin(str(origin)) == origin
        assert text.isascii()
        assert not set(text) & set("@*, \t\\?#%")
        assert text.count("/") == 2


@given(SITES, st.lists(NOISE | origins(), max_size=2), NOISE, st.booleans())
def test_any_headers_get_a_decision_and_are_allowed_only_with_evidence(
    site: list[str], origin: list[str], host: str, is_action: bool
) -> None:
    decision = decided(site, origin, host, is_action=is_action)

    if decision.allowed:
        assert len(site) < 2
        assert len(origin) < 2
        assert site in (["same-origin"], ["none"]) or (not site and parse_origin(origin[0]) in own_origins("https", host))


@given(origins(), origins())
def test_without_sec_fetch_site_only_the_own_origin_passes(sender: str, own: str) -> None:
    origin, other = parse_origin(sender), parse_origin(own)
    assert origin is not None
    assert other is not None
    assume(other.scheme == "https")

    assert decided([], [sender], own.partition("://")[2]).allowed is (origin == other)


@given(SITES, st.lists(NOISE | origins(), max_size=2), origins())
def test_allowing_an_origin_never_refuses_anyone(site: list[str], origin: list[str], friend: str) -> None:
    before, after = decided(site, origin), decided(site, origin, allowed=AllowedOrigins.parse([friend]))

    assert after.allowed >= before.allowed
    if after.allowed > before.allowed:
        assert parse_origin(origin[0]) == parse_origin(friend)


@given(origins(), st.sampled_from(["https://*.b.example", "http://*.b.example:8000"]))
def test_wildcard_is_one_label_of_the_same_scheme_and_port(text: str, pattern: str) -> None:
    origin, apex = parse_origin(text), parse_origin(pattern.replace("*.", ""))
    assert origin is not None
    assert apex is not None
    below = [origin._replace(host=f"{host}.b.example") for host in ("a", "a.a", origin.host)]
    for candidate in (origin, apex, *below):
        labels = candidate.host.removesuffix(f".{apex.host}")
        is_below = labels != candidate.host and "." not in labels
        expected = is_below and (candidate.scheme, candidate.port) == (apex.scheme, apex.port)
        assert AllowedOrigins.parse([pattern]).allows(candidate) is expected


@given(ANY_TEXT)
def test_shown_text_is_one_line_of_ascii(value: str) -> None:
    assert shown(value).isascii()
    assert shown(value).isprintable()


@given(NOISE, NOISE, NOISE, NOISE, NOISE)
def test_forwarded_garbage_never_fails_and_never_convinces(peer: str, host: str, one: str, two: str, three: str) -> None:
    headers = [
        (name, value.encode("utf-8", "surrogatepass"))
        for name, value in ((b"x-forwarded-for", one), (b"x-forwarded-proto", two), (b"x-forwarded-host", three))
    ]
    proxies = TrustedProxies.parse(["10.0.0.0/8"])

    assert proxies.resolve(peer, "http", host, headers)[:2] == ("http", host)
    client = proxies.resolve("10.0.0.1", "http", host, headers)
    assert client.scheme in {"http", "https"}
    assert client.host == host or parse_origin(f"http://{client.host}") is not None
    assert client.address is not None
    assert not is_allowed_host(host, ("shop.example",)) or "shop.example" in host.lower()
