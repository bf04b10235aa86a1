"""The page behind a redirect, rendered within the same request. Nothing leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

from starlette.types import Message, Scope

from twofold.asgi import route_path
from twofold.call import Call, current_call
from twofold.endpoints import Found
from twofold.responses import html_in
from twofold.routing import Match

OF_THE_CALL = frozenset({b"accept", b"content-type", b"content-length", b"cookie", b"twofold-call", b"twofold-pull"})
"""Headers that the browser would not send, or not like this, when it follows the redirect."""


async def visited(match: Callable[[bytes], Found], call: Call, url: str) -> str | None:
    """Give the document of the page behind a redirect; None where there is none, or where it redirects again.

    Args:
        match: finds what answers at a path.
        url: as in the Location header.
    """
    scope = following(call, url)
    if scope is None or not isinstance(found := match(route_path(scope)), Match):
        return None
    endpoint = found.node.value
    if endpoint is None or endpoint.page is None or found.has_trailing_slash:
        return None
    visit = Call(scope, no_body, call.setup, route_path(scope))
    visit.trace = call.trace
    endpoint.place(visit, found)
    token = current_call.set(visit)
    try:
        response = await endpoint.respond(visit)
    finally:
        current_call.reset(token)
    # An error page is left to the browser to load: it carries no runtime, and its status is half of what it says.
    document = html_in(response) if response.status_code < 400 else None
    if document is not None:
        _carry(visit, call)
    return document


def _carry(visit: Call, call: Call) -> None:
    """Let the answer of the call take along what the page behind the redirect has left in the browser and for later."""
    if visit.has_session:
        visit.session.save(visit.cookies)
    call.cookies.adopt(visit.cookies)
    call.put_off(*visit.after)


def following(call: Call, url: str) -> Scope | None:
    """Give the request by which a browser would follow a redirect, with the cookies as it would have them by then.

    Args:
        url: as in the Location header; only a path of this app is followed, so that no host is read from anywhere.
    """
    parts = urlsplit(url)
    root = quote(call.scope.get("root_path", "").rstrip("/"))
    is_ours = parts.path == root or parts.path.startswith(f"{root}/")
    if parts.scheme or parts.netloc or not is_ours or not url.isascii():
        return None
    if call.has_session:
        call.session.save(call.cookies)
    headers = [one for one in call.raw_headers if one[0] not in OF_THE_CALL]
    cookies = call.cookies.sent().encode("latin-1")
    return {
        **call.scope,
        "method": "GET",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "headers": [*headers, (b"accept", b"text/html"), *([(b"cookie", cookies)] if cookies else [])],
    }


async def no_body() -> Message:
    """Give the body of a GET."""
    return {"type": "http.request", "body": b"", "more_body": False}
