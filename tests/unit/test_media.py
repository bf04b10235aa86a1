from __future__ import annotations

import pytest

from twofold.media import HTML, JSON, PROBLEM, is_json, media_type, preferred
from twofold.responses import HANDLER_OFFERS, PAGE_OFFERS


@pytest.mark.parametrize(
    ("header", "media"),
    [
        (None, ""),
        ("", ""),
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("  text/html ;q=1", "text/html"),
        ("multipart/form-data; boundary=a;b", "multipart/form-data"),
        (";", ""),
    ],
)
def test_media_type_is_lower_case_and_without_parameters(header: str | None, media: str) -> None:
    assert media_type(header) == media


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ("application/json", True),
        ("application/problem+json", True),
        ("application/vnd.api+json", True),
        ("text/json", False),
        ("application/jsonp", False),
        ("application/xml", False),
        ("image/x+json", False),
        ("", False),
    ],
)
def test_json_is_json_by_its_name_or_suffix(media: str, expected: bool) -> None:
    assert is_json(media) is expected


# Accept, what a handler answers with, what a page answers with
ACCEPT = [
    (None, JSON, HTML),
    ("", JSON, HTML),
    ("*/*", JSON, HTML),
    ("text/html", JSON, HTML),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON, HTML),
    ("application/json", JSON, JSON),
    ("application/*", JSON, JSON),
    ("APPLICATION/JSON", JSON, JSON),
    ("application/problem+json", PROBLEM, PROBLEM),
    ("application/problem+json, */*;q=0.1", PROBLEM, PROBLEM),
    ("application/problem+json, application/json", JSON, JSON),
    ("application/problem+json, application/json;q=0.9", PROBLEM, PROBLEM),
    ("application/json;q=0.5, application/problem+json;q=0.6", PROBLEM, PROBLEM),
    ("application/problem+json;q=0.5, application/*", JSON, JSON),
    ("application/problem+json;q=0", JSON, HTML),
    # The most precise range that matches says the quality, however high a wildcard's is (RFC 9110 section 12.5.1).
    ("application/json;q=0.1, */*", PROBLEM, HTML),
    ("application/json;q=0, */*", PROBLEM, HTML),
    ("text/html;q=0, */*;q=0.2", JSON, JSON),
    ("text/html;q=0.2, application/*;q=0.4", JSON, JSON),
    ("*/*;q=0", JSON, HTML),
    # What is no weight is none.
    ("application/problem+json;q=nan", JSON, HTML),
    ("application/problem+json;q=inf, application/json;q=0.1", JSON, JSON),
    ("application/problem+json;q=1e0, application/json;q=0.1", JSON, JSON),
    ("application/problem+json;q=2, application/json;q=0.1", JSON, JSON),
    ("application/problem+json;q=-1, application/json;q=0.1", JSON, JSON),
    ("application/problem+json;Q=1.000", PROBLEM, PROBLEM),
    ("application/problem+json; level=1; q=0.3", PROBLEM, PROBLEM),
    # Garbage asks for nothing.
    (",,;;q=,/", JSON, HTML),
    ("application", JSON, HTML),
    ("image/png", JSON, HTML),
]


@pytest.mark.parametrize(("accept", "by_handler", "by_page"), ACCEPT)
def test_best_offer_is_chosen(accept: str | None, by_handler: str, by_page: str) -> None:
    assert (preferred(accept, HANDLER_OFFERS), preferred(accept, PAGE_OFFERS)) == (by_handler, by_page)
