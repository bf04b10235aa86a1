"""The same-origin decision: did a page of this site send the request, or somebody else's page?

A browser attaches cookies to requests that other sites make it send. It also says who made it send them, in
`Sec-Fetch-Site` and `Origin`, and no page can change either. `decide` reads these two headers, and nothing else:
neither a token, nor `Referer`, nor the content type.

    decision = decide(
        sec_fetch_site=["same-origin"], origin=["https://shop.example"],
        own=lambda: own_origins(client.scheme, client.host, configured),
        kind="action", has_ambient_credentials=lambda: True,
    )

What it does not cover: safe methods (`is_safe`), which must not change anything; requests that browsers did not
send, unless an action refuses them; and a hostile name that resolves to this server (DNS rebinding), for which
production configures its origins or its hosts.

Source: Go's net/http CrossOriginProtection; the Origin header is RFC 6454 section 7, Sec-Fetch-Site is
https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, Literal, NamedTuple

from twofold.errors import ConfigurationError

SEC_FETCH_SITE: Final = "sec-fetch-site"
ORIGIN_MATCHES_HOST: Final = "origin-matches-host"
ORIGIN_ALLOWED: Final = "origin-allowed"
NULL_ORIGIN_ALLOWED: Final = "null-origin-allowed"
MISSING_EVIDENCE_ALLOWED: Final = "missing-evidence-allowed"
NO_AMBIENT_CREDENTIALS: Final = "no-ambient-credentials"
DUPLICATE_HEADER: Final = "duplicate-header"
ORIGIN_MALFORMED: Final = "origin-malformed"
ORIGIN_NULL: Final = "origin-null"
ORIGIN_MISMATCH: Final = "origin-mismatch"
SAME_SITE: Final = "same-site"
CROSS_SITE: Final = "cross-site"
SEC_FETCH_SITE_UNKNOWN: Final = "sec-fetch-site-unknown"
NO_EVIDENCE: Final = "no-evidence"

SHOWN_CHARACTERS: Final = 100
REMEMBERED: Final = 1024
"""How many texts that were read are kept with what they say: a site has few origins, and each comes with every request."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SCHEME_OF_SCOPE: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_AMBIENT_SCHEMES: Final = frozenset({"basic", "digest", "negotiate", "ntlm"})
_MAX_LENGTH: Final = 300
_SCHEME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789+-."
_HOST_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_."


class Decision(NamedTuple):
    """Whether a request may pass, and the named reason."""

    allowed: bool
    reason: str


class Origin(NamedTuple):
    """Scheme, host and port, normalised: lower case, and the default port spelt out."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        if self.port == _DEFAULT_PORTS.get(self.scheme):
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class AllowedOrigins:
    """Other sites whose pages may send requests here. Each of them can act for any visitor.

    Args:
        exact: whole origins.
        wildcards: what follows the one free label: scheme, parent domain, port.
    """

    exact: frozenset[Origin] = frozenset()
    wildcards: frozenset[Origin] = frozenset()

    @classmethod
    def parse(cls, patterns: Sequence[str]) -> AllowedOrigins:
        """Read `https://pay.example` and `https://*.example.com`, where `*` is exactly one label.

        Raises:
            ConfigurationError: a pattern is no origin, or matches more than one owner's domain.
        """
        _refuse_one_string(patterns)
        exact = [_configured(pattern) for pattern in patterns if "*" not in pattern]
        wildcards = [_configured_wildcard(pattern) for pattern in patterns if "*" in pattern]
        return cls(frozenset(exact), frozenset(wildcards))

    def __or__(self, other: AllowedOrigins) -> AllowedOrigins:
        """Give both lists as one."""
        return AllowedOrigins(self.exact | other.exact, self.wildcards | other.wildcards)

    def allows(self, origin: Origin) -> bool:
        """Tell whether an origin is on the list."""
        if origin in self.exact:
            return True
        parent = origin.host.partition(".")[2]
        return Origin(origin.scheme, parent, origin.port) in self.wildcards


NO_ORIGINS: Final = AllowedOrigins()


def decide(
    *,
    sec_fetch_site: Sequence[str],
    origin: Sequence[str],
    own: Callable[[], Sequence[Origin]],
    allowed: AllowedOrigins = NO_ORIGINS,
    kind: Literal["action", "handler"],
    has_ambient_credentials: Callable[[], bool],
    missing_evidence: Literal["deny", "allow"] = "deny",
    allow_null_origin: bool = False,
) -> Decision:
    """Decide whether a request with an unsafe method comes from this site's own pages.

    Args:
        sec_fetch_site: every value of the header, as received.
        origin: every value of the header, as received.
        own: gives what `own_origins` does; asked only where the browser has not compared the origins itself.
        allowed: other origins that may call; an action passes them only when it opted in.
        kind: actions are called by pages only, so they demand evidence; handlers have other callers.
        has_ambient_credentials: gives what the function of that name does; asked only where there is no evidence.
        missing_evidence: "allow" lets a handler take requests without either header. Actions never do.
        allow_null_origin: believe sandboxed frames and `data:` pages, which anyone can make.
    """
    if len(sec_fetch_site) > 1 or len(origin) > 1:
        # Which of them a proxy in front read is not knowable.
        return Decision(False, DUPLICATE_HEADER)
    sender = None
    if origin and origin[0] != "null":
        sender = parse_origin(origin[0])
        if sender is None:
            # Never "treat as missing": that would let garbage pass where a foreign origin does not.
            return Decision(False, ORIGIN_MALFORMED)
    if sec_fetch_site:
        return _by_site(sec_fetch_site[0], sender, allowed)
    if sender is not None:
        return _by_origin(sender, own, allowed)
    if origin:
        # Safe only because the app said so: "null" is what every sandboxed frame sends.
        return Decision(True, NULL_ORIGIN_ALLOWED) if allow_null_origin else Decision(False, ORIGIN_NULL)
    return _without_evidence(kind, missing_evidence, has_ambient_credentials)


def _by_site(site: str, sender: Origin | None, allowed: AllowedOrigins) -> Decision:
    if site in ("same-origin", "none"):
        # Safe: the browser compared the origins itself, before any proxy rewrote Host; "none" is the user's own
        # doing (address bar, bookmark), which no page can cause.
        return Decision(True, SEC_FETCH_SITE)
    if sender is not None and allowed.allows(sender):
        # Safe: the app's author trusts this origin with the visitor's session.
        return Decision(True, ORIGIN_ALLOWED)
    if site in (SAME_SITE, CROSS_SITE):
        # Same-site is refused as well: a sibling subdomain can belong to somebody else, or be taken over.
        return Decision(False, site)
    return Decision(False, SEC_FETCH_SITE_UNKNOWN)


def _by_origin(sender: Origin, own: Callable[[], Sequence[Origin]], allowed: AllowedOrigins) -> Decision:
    if allowed.allows(sender):
        # Safe: the app's author trusts this origin with the visitor's session.
        return Decision(True, ORIGIN_ALLOWED)
    if sender in own():
        # Safe: a page cannot choose its Origin, and this one is ours. Browsers send no Sec-Fetch-Site to a plain
        # http site, so this path is not only for old ones.
        return Decision(True, ORIGIN_MATCHES_HOST)
    return Decision(False, ORIGIN_MISMATCH)


def _without_evidence(kind: str, missing_evidence: str, has_ambient_credentials: Callable[[], bool]) -> Decision:
    if kind == "action":
        # Every browser sends one of the two headers on POST, and nobody but a page calls an action.
        return Decision(False, NO_EVIDENCE)
    if not has_ambient_credentials():
        # Safe: the browser added nothing, so whoever wrote the request could have sent it without the browser.
        return Decision(True, NO_AMBIENT_CREDENTIALS)
    if missing_evidence == "allow":
        # Safe only for clients that are no browsers; the handler declared that it has such.
        return Decision(True, MISSING_EVIDENCE_ALLOWED)
    return Decision(False, NO_EVIDENCE)


def is_safe(method: str) -> bool:
    """Tell whether a method promises to change nothing. Methods are case-sensitive (RFC 9110 section 9.1)."""
    return method in _SAFE_METHODS


def has_ambient_credentials(*, has_cookie: bool, authorization: Sequence[str], has_client_certificate: bool) -> bool:
    """Tell whether a request carries credentials that a browser adds by itself.

    A bearer token is not ambient: a page has to know it to send it.

    Args:
        has_cookie: whether there is a Cookie header, whatever it holds.
        authorization: every value of the Authorization header.
        has_client_certificate: whether TLS identified the client.
    """
    if has_cookie or has_client_certificate:
        return True
    return any(next(iter(value.lower().split(maxsplit=1)), "") in _AMBIENT_SCHEMES for value in authorization)


def own_origins(scheme: str, host: str, configured: Sequence[Origin] = ()) -> tuple[Origin, ...]:
    """Give the origins that this request's own pages can have.

    Over plain http they include the https origin of the same host, because TLS often ends in a proxy that says
    nothing about it. Over https an http origin never counts: its pages can be anyone's on the network path.

    Args:
        scheme: of the ASGI scope (http, https, ws, wss), after trusted proxies had their say.
        host: the Host header, after trusted proxies had their say; a malformed one has no origin.
        configured: the app's canonical origins; when there are any, Host is not evidence.
    """
    scheme = _SCHEME_OF_SCOPE.get(scheme, scheme)
    if configured:
        return tuple(origin for origin in configured if scheme != "https" or origin.scheme != "http")
    own = parse_origin(f"{scheme}://{host}")
    if own is None:
        return ()
    if own.scheme == "http":
        return own, Origin("https", own.host, 443 if own.port == 80 else own.port)
    return (own,)


def configured_origins(texts: Sequence[str]) -> tuple[Origin, ...]:
    """Read the app's canonical origins, such as `https://shop.example`.

    Raises:
        ConfigurationError: one of them is not a whole origin.
    """
    _refuse_one_string(texts)
    return tuple(_configured(text) for text in texts)


def parse_origin(text: str) -> Origin | None:
    """Read a strict `scheme://host[:port]`, or give None. "null" is not an origin."""
    # What is remembered is short, so that nobody can fill the memory with it.
    return _read_origin(text) if len(text) <= _MAX_LENGTH and text.isascii() else None


@lru_cache(maxsize=REMEMBERED)
def _read_origin(text: str) -> Origin | None:
    scheme, separator, rest = text.lower().partition("://")
    if not separator or not scheme[:1].isalpha() or scheme.strip(_SCHEME_CHARACTERS):
        return None
    authority = parse_authority(rest)
    if authority is None:
        return None
    host, port = authority
    return Origin(scheme, host, _DEFAULT_PORTS.get(scheme) if port is None else port)


def parse_authority(text: str) -> tuple[str, int | None] | None:
    """Read a strict `host[:port]`, as a Host header has it, or give None.

    The host is a name, an IPv4 address or an IPv6 address in brackets; its case does not matter. User info,
    percent-encoding and names outside ASCII are refused: browsers send none of them.
    """
    # Before lower(), which would turn the Kelvin sign into an ASCII k.
    return _read_authority(text) if len(text) <= _MAX_LENGTH and text.isascii() else None


@lru_cache(maxsize=REMEMBERED)
def _read_authority(text: str) -> tuple[str, int | None] | None:
    text = text.lower()
    if text[:1] == "[":
        address, bracket, rest = text[1:].partition("]")
        host = _ipv6_host(address)
        name, colon, digits = rest.partition(":")
        if not bracket or name:
            return None
    else:
        name, colon, digits = text.partition(":")
        host = _named_host(name)
    if host is None:
        return None
    if not colon:
        return host, None
    port = _port(digits)
    return None if port is None else (host, port)


def shown(value: str) -> str:
    """Give a header value as a log may show it: at most 100 characters of it, escaped to one line of ASCII."""
    text = value[:SHOWN_CHARACTERS].encode("unicode_escape").decode("ascii")
    return f"{text}..." if len(value) > SHOWN_CHARACTERS else text


def _named_host(name: str) -> str | None:
    # Stripping every legal character leaves something exactly when there is an illegal one.
    if not name or name.strip(_HOST_CHARACTERS) or name[0] == "." or ".." in name:
        return None
    return name


def _ipv6_host(text: str) -> str | None:
    if "%" in text:  # a zone means something on one machine only
        return None
    try:
        return f"[{IPv6Address(text).compressed}]"
    except AddressValueError:
        return None


def _port(digits: str) -> int | None:
    if not digits.isdecimal() or len(digits) > 5 or digits[0] == "0":
        return None
    port = int(digits)
    return port if port <= 65_535 else None


def _configured(text: str, written: str | None = None) -> Origin:
    """Read an origin, or say what is wrong with it as it was `written`."""
    written = text if written is None else written
    origin = parse_origin(text)
    if origin is not None:
        return origin
    if text == "null":
        raise ConfigurationError('the origin "null" belongs to nobody, so nobody can be trusted by it; list real origins')
    if "://" not in text:
        raise ConfigurationError(f'the origin {written!r} has no scheme; write it like "https://shop.example"')
    if parse_origin("/".join(text.split("/")[:3]).partition("?")[0].partition("#")[0]) is not None:
        raise ConfigurationError(f"the origin {written!r} has a path, query or fragment; stop after the host and port")
    raise ConfigurationError(
        f'{written!r} is not an origin; write scheme, host and perhaps a port, like "https://shop.example:8443", and'
        " international names in their ASCII form (xn--...)"
    )


def _configured_wildcard(pattern: str) -> Origin:
    scheme, separator, rest = pattern.partition("://*.")
    if not separator or "*" in scheme or "*" in rest:
        raise ConfigurationError(
            f'the allowed origin {pattern!r} is too free; "*" may stand for the first label, whole, like "https://*.example.com"'
        )
    parent = _configured(f"{scheme}://{rest}", pattern)
    labels = parent.host.strip(".").split(".")
    if len(labels) < 2 or labels[-1].isdecimal() or parent.host[0] == "[":
        raise ConfigurationError(
            f'the allowed origin {pattern!r} matches sites of others; name a domain of yours, like "https://*.example.com"'
        )
    return parent


def _refuse_one_string(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise ConfigurationError(f"origins are a list; write [{texts!r}]")
