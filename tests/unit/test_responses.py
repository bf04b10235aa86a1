from __future__ import annotations

from typing import Any

import pytest

from twofold.errors import (
    AuthRequired,
    BadRequest,
    Failure,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    ValidationFailed,
    redirect,
)
from twofold.media import HTML, PROBLEM
from twofold.responses import Empty, Prepared, failure_headers, redirection


def headers_of(response: Any) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}


def test_prepared_response_knows_its_length() -> None:
    assert headers_of(Prepared("é".encode())) == {"content-type": "application/json", "content-length": "2"}


@pytest.mark.parametrize(("media", "written"), [(HTML, "text/html; charset=utf-8"), (PROBLEM, "application/problem+json")])
def test_prepared_response_names_its_media_type(media: str, written: str) -> None:
    assert headers_of(Prepared(b"", media=media))["content-type"] == written


@pytest.mark.parametrize(("status", "length"), [(200, "0"), (201, "0"), (204, None), (303, "0"), (304, None), (405, "0")])
def test_empty_response_has_a_length_where_content_could_be(status: int, length: str | None) -> None:
    assert headers_of(Empty(status)).get("content-length") == length


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/a", "/a"),
        ("/a?b=c&d=%20#e", "/a?b=c&d=%20#e"),
        ("https://pay.example/x", "https://pay.example/x"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("/a b", "/a%20b"),
        ("/\N{SNOWMAN}", "/%E2%98%83"),
        ("/%C3%B6", "/%C3%B6"),
        # A browser reads a backslash as a slash, and then the rest as a host.
        ("/\\evil.example", "/%5Cevil.example"),
    ],
)
def test_location_is_ascii(url: str, location: str) -> None:
    response = redirection(redirect(url))
    assert (response.status_code, headers_of(response)) == (303, {"location": location, "content-length": "0"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_has_the_status_it_was_given(status: int) -> None:
    assert redirection(redirect("/a", status)).status_code == status


@pytest.mark.parametrize(
    ("failure", "extra"),
    [
        (NotFound(), {}),
        (ValidationFailed(), {}),
        (BadRequest(), {}),
        (AuthRequired(), {"www-authenticate": "Bearer"}),
        (Forbidden(), {"vary": "Sec-Fetch-Site, Origin"}),
        (RateLimited(retry_after=30), {"retry-after": "30"}),
        (Unavailable(retry_after=0), {"retry-after": "0"}),
    ],
)
def test_failure_has_the_headers_that_its_status_asks_for(failure: Failure, extra: dict[str, str]) -> None:
    found = {name.decode(): value.decode() for name, value in failure_headers(failure)}
    assert found == {"cache-control": "no-store", **extra}
