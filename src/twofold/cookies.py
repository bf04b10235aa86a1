"""Cookies: lenient to read, strict to write."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import Literal

from starlette.requests import cookie_parser

from twofold.errors import ConfigurationError

SameSite = Literal["lax", "strict", "none"]
MAX_COOKIE_BYTES = 4096
"""Browsers may drop a larger one. Source: RFC 6265 section 6.1."""

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class CookieJar:
    """The cookies of one request, and the `Set-Cookie` headers of its response.

    Args:
        sent: the request's Cookie headers.
        is_secure: whether written cookies are marked Secure.
    """

    def __init__(self, sent: Sequence[str], *, is_secure: bool) -> None:
        self._values = cookie_parser("; ".join(sent)) if sent else {}
        self._is_secure = is_secure
        self._changes: dict[tuple[str, str, str | None], bytes] = {}

    def get(self, name: str, default: str | None = None) -> str | None:
        """Give a cookie's value."""
        return self._values.get(name, default)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def set(
        self,
        name: str,
        value: str,
        *,
        max_age_seconds: int | None = None,
        path: str = "/",
        domain: str | None = None,
        http_only: bool = True,
        same_site: SameSite = "lax",
    ) -> None:
        """Set a cookie; the last write of one (name, path, domain) wins."""
        self._write(name, value, max_age_seconds, path, domain, http_only=http_only, same_site=same_site)
        self._values[name] = value

    def delete(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Delete a cookie; path and domain must be those it was set with."""
        self._write(name, "", 0, path, domain, http_only=True, same_site="lax")
        self._values.pop(name, None)

    def sent(self) -> str:
        """Give the Cookie header that a browser would send after this response."""
        return "; ".join(f"{name}={value}" for name, value in self._values.items())

    def adopt(self, other: CookieJar) -> None:
        """Take over the changes of a response that this one carries along."""
        self._changes.update(other._changes)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Give one `Set-Cookie` header for each change."""
        return [(b"set-cookie", value) for value in self._changes.values()]

    def _write(
        self,
        name: str,
        value: str,
        max_age_seconds: int | None,
        path: str,
        domain: str | None,
        *,
        http_only: bool,
        same_site: SameSite,
    ) -> None:
        _check(name, value, path, domain)
        cookie: SimpleCookie = SimpleCookie()
        cookie[name] = value
        morsel = cookie[name]
        morsel["path"] = path
        if domain is not None:
            morsel["domain"] = domain
        if max_age_seconds is not None:
            morsel["max-age"] = max_age_seconds
        morsel["httponly"] = http_only
        morsel["secure"] = self._is_secure or same_site == "none" or name.startswith("__")
        morsel["samesite"] = same_site
        self._changes[name, path, domain] = _checked(name, morsel.OutputString())


def _check(name: str, value: str, path: str, domain: str | None) -> None:
    if not name or not _TOKEN.issuperset(name):
        raise ConfigurationError(f"Cookie name {name!r}: use letters, digits and -_. only")
    if not _is_printable(value):
        raise ConfigurationError(f"Cookie {name!r}: the value takes printable ASCII; encode it, as urllib.parse.quote does")
    for place in (path, domain or ""):
        if not _is_printable(place) or ";" in place:
            raise ConfigurationError(f"Cookie {name!r}: path and domain take printable ASCII without semicolons, not {place!r}")
    if name.startswith("__Host-") and (path != "/" or domain is not None):
        raise ConfigurationError(f"Cookie {name!r}: browsers take the prefix __Host- only with path='/' and without a domain")


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _checked(name: str, header: str) -> bytes:
    if len(header) > MAX_COOKIE_BYTES:
        raise ConfigurationError(f"Cookie {name!r} is {len(header)} bytes; browsers may drop more than {MAX_COOKIE_BYTES}")
    return header.encode("ascii")
