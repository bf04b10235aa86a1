"""Security headers: on every response, unless the response says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "base-uri": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "object-src": ("'none'",),
}


def content_security_policy(extra: Mapping[str, tuple[str, ...]]) -> str:
    """Give the Content-Security-Policy, with sources added by directive.

    A directive of its own starts from `'self'`; `'none'` goes when a source comes.

    Source: W3C Content Security Policy Level 3.
    """
    policy = dict(DEFAULT_POLICY)
    for directive, sources in extra.items():
        known = [one for one in policy.get(directive, ("'self'",)) if one != "'none'"]
        policy[directive] = tuple(dict.fromkeys([*known, *sources]))
    return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in policy.items())


def security_headers(extra: Mapping[str, tuple[str, ...]]) -> list[tuple[bytes, bytes]]:
    """Give the headers of an app whose policy has these extra sources."""
    return [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"content-security-policy", content_security_policy(extra).encode("ascii")),
    ]
