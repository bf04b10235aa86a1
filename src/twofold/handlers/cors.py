"""Which other sites' scripts may call a route handler and read its answers.

Source: https://fetch.spec.whatwg.org/#http-cors-protocol. It opens a door and closes none: a script of another site can
always send a form, and whoever is no browser sends what it likes. Who may do what is the business of `@same_origin`,
`@verify` and middleware.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from twofold.errors import ConfigurationError
from twofold.origin import AllowedOrigins, parse_origin

SAFELISTED = frozenset({"accept", "accept-language", "content-language", "content-type"})
"""Request headers that every script may set; of Content-Type the preflight asks about all values."""

LONGEST_SECONDS = 24 * 60 * 60
"""What browsers keep at the most, of a preflight."""

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Preflight(Enum):
    """What a browser is told that asks first, and why."""

    ALLOWED = "allowed"
    ORIGIN = "cors-origin"
    HEADER = "cors-header"
    NETWORK = "cors-private-network"


@dataclass(frozen=True, slots=True)
class Cors:
    """A policy of one route handler.

    Attributes:
        origins: the sites; None for all of them, without credentials.
        headers: of requests, beyond those that every script may set; in lower case.
        exposed: headers of answers that scripts may read.
    """

    origins: AllowedOrigins | None
    has_credentials: bool
    headers: frozenset[str]
    exposed: tuple[str, ...]
    max_age_seconds: int
    is_open_to_public: bool

    @classmethod
    def declared(
        cls,
        origins: Sequence[str],
        *,
        credentials: bool,
        headers: Sequence[str],
        expose: Sequence[str],
        max_age_seconds: int,
        private_network: bool,
    ) -> Cors:
        """Read a declaration.

        Raises:
            ConfigurationError: it cannot mean what its author wants, with the remedy.
        """
        if credentials and origins == "*":
            raise ConfigurationError('@cors(origins="*", credentials=True): any site could act for its visitors; list yours')
        for name in (*_texts("headers", headers), *_texts("expose", expose)):
            if not _NAME.fullmatch(name) or name == "*":
                raise ConfigurationError(f'@cors: {name!r} is no header name; write it like "X-Total-Count"')
        if not 0 <= max_age_seconds <= LONGEST_SECONDS:
            raise ConfigurationError(f"@cors(max_age_seconds={max_age_seconds}): write 0 to {LONGEST_SECONDS}")
        known = None if origins == "*" else AllowedOrigins.parse(origins)
        if known is not None and not (known.exact or known.wildcards):
            raise ConfigurationError('@cors(origins=[]) opens nothing; list the sites, or write origins="*"')
        lowered = frozenset(name.lower() for name in headers)
        return cls(known, credentials, lowered, tuple(expose), max_age_seconds, private_network)

    def allows(self, origin: Sequence[str]) -> bool:
        """Tell whether a page of this origin may call.

        Args:
            origin: every value of the header. "null" is what anyone's sandboxed frame sends, and matches no list.
        """
        if len(origin) != 1:
            return False
        if self.origins is None:
            return True
        parsed = parse_origin(origin[0])
        return parsed is not None and self.origins.allows(parsed)

    def preflight(self, origin: Sequence[str], requested_headers: Sequence[str], *, asks_private: bool) -> Preflight:
        """Decide what a browser is told that asks whether it may send a request.

        Args:
            origin: every value of the header.
            requested_headers: the names that the script wants to set.
            asks_private: whether a page of the internet calls a server of a private network.
        """
        if not self.allows(origin):
            return Preflight.ORIGIN
        if any(name.lower() not in SAFELISTED and name.lower() not in self.headers for name in requested_headers):
            return Preflight.HEADER
        if asks_private and not self.is_open_to_public:
            return Preflight.NETWORK
        return Preflight.ALLOWED

    def headers_for(self, origin: Sequence[str]) -> list[tuple[bytes, bytes]]:
        """Give what lets a script of this origin read an answer; nothing for the others."""
        if not self.allows(origin):
            return []
        found = [(b"access-control-allow-origin", b"*" if self.origins is None else origin[0].encode("latin-1"))]
        if self.has_credentials:
            found.append((b"access-control-allow-credentials", b"true"))
        return found

    def answer_headers(self, origin: Sequence[str]) -> list[tuple[bytes, bytes]]:
        """Give what an answer to a script carries."""
        found = self.headers_for(origin)
        if found and self.exposed:
            found.append((b"access-control-expose-headers", ", ".join(self.exposed).encode("ascii")))
        return found

    def preflight_headers(
        self, origin: Sequence[str], methods: str, requested_headers: Sequence[str], *, asks_private: bool
    ) -> list[tuple[bytes, bytes]]:
        """Give what an allowed preflight carries."""
        found = [
            *self.headers_for(origin),
            (b"access-control-allow-methods", methods.encode("ascii")),
            (b"access-control-max-age", b"%d" % self.max_age_seconds),
        ]
        if requested_headers:
            found.append((b"access-control-allow-headers", ", ".join(requested_headers).encode("latin-1")))
        if asks_private:
            found.append((b"access-control-allow-private-network", b"true"))
        return found

    @property
    def varies(self) -> bool:
        """Whether answers differ by origin."""
        return self.origins is not None


def listed(values: Sequence[str]) -> list[str]:
    """Read the names of a list header."""
    return [name for value in values for one in value.split(",") if (name := one.strip(" \t"))]


def vary(headers: list[tuple[bytes, bytes]], *names: str) -> None:
    """Add to what an answer varies by, once."""
    known = listed([value.decode("latin-1") for name, value in headers if name == b"vary"])
    if "*" in known:
        return
    missing = [name for name in names if name.lower() not in {one.lower() for one in known}]
    if missing:
        headers[:] = [one for one in headers if one[0] != b"vary"]
        headers.append((b"vary", ", ".join([*known, *missing]).encode("latin-1")))


def _texts(what: str, values: Sequence[str]) -> Sequence[str]:
    if isinstance(values, str):
        raise ConfigurationError(f"@cors({what}={values!r}): write a list")
    return values
