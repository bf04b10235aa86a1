"""Security headers: on every response, unless the response says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twofold.errors import ConfigurationError

DEFAULT_POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "base-uri": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "object-src": ("'none'",),
}

_NONE = "'none'"
_DIRECTIVE = re.compile(r"[a-z][a-z-]*")
_SOURCE = re.compile(r"[\x21-\x2B\x2D-\x3A\x3C-\x7E]+")
"""Visible ASCII but the comma and the semicolon, which end a policy and a directive."""


def content_security_policy(extra: Mapping[str, tuple[str, ...]]) -> str:
    """Give the Content-Security-Policy, with sources added by directive.

    A directive of its own starts from `'self'`; `'none'` goes when a source comes, and is kept when it comes itself. A
    directive without any sources stands alone, as `upgrade-insecure-requests` does.

    Raises:
        ConfigurationError: a directive or a source that would be read as something else.

    Source: W3C Content Security Policy Level 3.
    """
    policy = dict(DEFAULT_POLICY)
    for directive, sources in extra.items():
        _check(directive, sources)
        if sources:
            known = () if _NONE in sources else policy.get(directive, ("'self'",))
            policy[directive] = tuple(dict.fromkeys([*(one for one in known if one != _NONE), *sources]))
        else:
            policy.setdefault(directive, ())
    return "; ".join(" ".join([directive, *sources]) for directive, sources in policy.items())


DATA_HEADERS = [(b"x-content-type-options", b"nosniff")]
"""What goes out with JSON: a browser that takes it for nothing else shows no document, and runs nothing of it."""


def security_headers(extra: Mapping[str, tuple[str, ...]]) -> list[tuple[bytes, bytes]]:
    """Give the headers of an app whose policy has these extra sources."""
    return [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"content-security-policy", content_security_policy(extra).encode("ascii")),
    ]


def _check(directive: str, sources: tuple[str, ...]) -> None:
    if not _DIRECTIVE.fullmatch(directive):
        raise ConfigurationError(f'content_security_policy: {directive!r} is no directive; write one like "img-src"')
    if isinstance(sources, str):
        raise ConfigurationError(f"content_security_policy: the sources of {directive} are a list; write [{sources!r}]")
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise ConfigurationError(f'content_security_policy: {source!r} is no source for {directive}; write one like "data:"')
