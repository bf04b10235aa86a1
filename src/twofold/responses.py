"""How results and failures leave: one serializer for actions, route handlers and pages."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from twofold.boundary import dumps
from twofold.call import Call
from twofold.errors import Failure, NotFound, Redirect, StoreUnavailable, Unavailable, masked, problem, wire
from twofold.media import HTML, JSON, PROBLEM, preferred
from twofold.origin import shown

log = logging.getLogger("twofold")

NO_STORE = (b"cache-control", b"no-store")
CONTENT_TYPES = {JSON: b"application/json", PROBLEM: b"application/problem+json", HTML: b"text/html; charset=utf-8"}
_OF_MEDIA = {media: (b"content-type", written) for media, written in CONTENT_TYPES.items()}
HANDLER_OFFERS = (JSON, PROBLEM)
PAGE_OFFERS = (HTML, JSON, PROBLEM)


class Prepared(Response):
    """A response whose bytes and headers are ready, so that nothing is looked at twice.

    Attributes:
        is_data: whether it is JSON, which no browser shows as a document.
        count: of the headers that it was made with; there are more where somebody has added one.
    """

    background = None
    is_data = True
    count = 2

    def __init__(self, body: bytes, status: int = 200, media: str = JSON, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.status_code = status
        self.body = body
        self.raw_headers = [_OF_MEDIA[media], (b"content-length", b"%d" % len(body))]
        if extra:
            self.raw_headers += extra
            self.count = len(self.raw_headers)
        if media == HTML:
            self.is_data = False


class Empty(Response):
    """A response without a body."""

    def __init__(self, status: int = 204, extra: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.status_code = status
        self.background = None
        self.body = b""
        self.raw_headers = list(extra)
        if status >= 200 and status not in (204, 304):
            self.raw_headers.append((b"content-length", b"0"))


def redirection(found: Redirect, extra: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """Answer with a redirect."""
    return Empty(found.status, [(b"location", location_of(found.url).encode("ascii")), *extra])


def location_of(url: str) -> str:
    """Give a URL as every browser reads it the same."""
    # A Location is ASCII; a browser would percent-encode the rest itself, and differently for each of them. It also reads
    # a backslash as a slash, which would make "/\\evil.example" another site.
    return "".join(one if _is_plain(one) else "".join(f"%{byte:02X}" for byte in one.encode()) for one in url)


def _is_plain(character: str) -> bool:
    return " " < character < "\x7f" and character != "\\"


RETRY_SECONDS = 1
"""After which whoever met a store that does not answer may ask again: most outages are restarts."""


def as_failure(error: BaseException, call: Call) -> Failure:
    """Give what the caller is told of an exception; an undeclared one is masked, and logged under its digest."""
    if isinstance(error, Failure):
        return error
    internal = masked(error)
    internal.__cause__ = error
    if not call.setup.settings.is_development:
        internal.details = None  # an app's own error page must not be able to show it
    log.error("%s %s failed: digest %s", call.method, shown(call.path.decode("latin-1")), internal.digest, exc_info=error)
    if not isinstance(error, StoreUnavailable):
        return internal
    unavailable = Unavailable(details=internal.details, retry_after=RETRY_SECONDS)
    unavailable.digest = internal.digest
    unavailable.__cause__ = error
    return unavailable


def failure_headers(failure: Failure) -> list[tuple[bytes, bytes]]:
    """Give the headers that a failure's status asks for."""
    extra: list[tuple[bytes, bytes]] = [NO_STORE]
    if failure.status == 401:
        extra.append((b"www-authenticate", b"Bearer"))  # RFC 9110 section 15.5.2: a 401 names a challenge
    if failure.status == 403:
        extra.append((b"vary", b"Sec-Fetch-Site, Origin"))
    if failure.retry_after is not None:
        extra.append((b"retry-after", b"%d" % failure.retry_after))
    return extra


def failure_response(failure: Failure, call: Call, media: str | None = None) -> Response:
    """Answer with a failure as JSON, or as problem details where the client asks for them.

    Args:
        media: the representation, when it has been negotiated already.
    """
    if media is None:
        media = preferred(call.header(b"accept"), HANDLER_OFFERS)
    reveal = call.setup.settings.is_development
    shape = problem(failure, reveal=reveal) if media == PROBLEM else wire(failure, reveal=reveal)
    return Prepared(dumps(shape), failure.status, media, failure_headers(failure))


def html_in(response: Response) -> str | None:
    """Give the document in a response; None where it is a redirect, a stream or no HTML."""
    is_html = response.headers.get("content-type", "").startswith(HTML) and not 300 <= response.status_code < 400
    return bytes(response.body).decode() if is_html and hasattr(response, "body") else None


def wants_html(call: Call) -> bool:
    """Whether a failure outside every page is shown as one: a browser asks for text/html by name."""
    accept = call.header(b"accept") or ""
    return HTML in accept and preferred(accept, (JSON, HTML)) == HTML


def unknown() -> NotFound:
    """Give the one answer for whatever is not there, or not for this caller."""
    return NotFound()
