from __future__ import annotations

from collections.abc import Mapping

import pytest

from twofold.errors import ConfigurationError
from twofold.security_headers import content_security_policy, security_headers

DEFAULT = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def test_headers_are_strict_by_default() -> None:
    assert dict(security_headers({})) == {
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"strict-origin-when-cross-origin",
        b"content-security-policy": DEFAULT.encode("ascii"),
    }


@pytest.mark.parametrize(
    ("extra", "policy"),
    [
        ({}, DEFAULT),
        ({"img-src": ("data:",)}, f"{DEFAULT}; img-src 'self' data:"),
        ({"img-src": ("'none'",)}, f"{DEFAULT}; img-src 'none'"),
        ({"upgrade-insecure-requests": ()}, f"{DEFAULT}; upgrade-insecure-requests"),
        ({"img-src": ("'self'", "data:", "data:")}, f"{DEFAULT}; img-src 'self' data:"),
        (
            {"default-src": ("https://cdn.example",)},
            DEFAULT.replace("default-src 'self'", "default-src 'self' https://cdn.example"),
        ),
        ({"frame-ancestors": ("'self'",)}, DEFAULT.replace("frame-ancestors 'none'", "frame-ancestors 'self'")),
        ({"object-src": ()}, DEFAULT),
    ],
)
def test_policy_takes_more_sources(extra: Mapping[str, tuple[str, ...]], policy: str) -> None:
    assert content_security_policy(extra) == policy


@pytest.mark.parametrize(
    "extra",
    [
        {"img-src": ("data:; script-src *",)},
        {"img-src": ("data:, default-src *",)},
        {"img-src": ("data:\r\nx: y",)},
        {"img-src": ("a b",)},
        {"img-src": ("é",)},
        {"img-src": ("",)},
        {"img src": ("data:",)},
        {"img-src; script-src": ("*",)},
        {"IMG-SRC": ("data:",)},
        {"": ("data:",)},
        {"img-src": "data:"},
    ],
)
def test_source_that_would_write_another_directive_is_refused(extra: Mapping[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigurationError, match="content_security_policy"):
        content_security_policy(extra)
