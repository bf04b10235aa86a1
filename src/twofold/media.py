"""Media types: what a body is, and what a client wants back."""

from __future__ import annotations

import re

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORMS = frozenset({URLENCODED, MULTIPART})

_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
"""Source: RFC 9110 section 12.4.2."""


def media_type(content_type: str | None) -> str:
    """Give the media type of a Content-Type header in lower case, without parameters."""
    if content_type == JSON:
        return JSON
    return (content_type or "").partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Whether a media type is JSON, suffix types included (RFC 6839 section 3.1)."""
    return media == JSON or (media.startswith("application/") and media.endswith("+json"))


def preferred(accept: str | None, offers: tuple[str, ...]) -> str:
    """Give the offered media type that the client likes best; the first offer where it does not care.

    A type asked for by name beats a wildcard, so that a browser's `*/*` or curl's gets the first offer.

    Source: RFC 9110 section 12.5.1.
    """
    if not accept:
        return offers[0]
    ranges = [_range(part) for part in accept.split(",")]
    best, best_rank = offers[0], (0.0, 0)
    for offer in offers:
        rank = _rank(ranges, offer)
        if rank > best_rank:
            best, best_rank = offer, rank
    return best


def _rank(ranges: list[tuple[str, float]], offer: str) -> tuple[float, int]:
    """Give the quality of an offer, as the most precise range that matches it says, and that precision."""
    precision, quality = max((_match(pattern, offer), quality) for pattern, quality in ranges)
    return (quality, precision) if precision and quality else (0.0, 0)


def _range(part: str) -> tuple[str, float]:
    pattern, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return pattern.lower(), _quality(value.strip())
    return pattern.lower(), 1.0


def _quality(text: str) -> float:
    return float(text) if _WEIGHT.fullmatch(text) else 0.0


def _match(pattern: str, offer: str) -> int:
    """Rank a range against an offer: 3 by name, 2 by type, 1 by wildcard, 0 for no match."""
    if pattern == offer:
        return 3
    if pattern.endswith("/*") and offer.startswith(pattern[:-1]):
        return 2
    return 1 if pattern == "*/*" else 0
