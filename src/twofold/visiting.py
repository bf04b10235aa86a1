"""The page behind a redirect, rendered within the same request. Nothing leaves the process."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from starlette.types import Message, Scope

from twofold.call import Call

OF_THE_CALL = frozenset({b"accept", b"content-type", b"content-length", b"cookie", b"twofold-call", b"twofold-pull"})
"""Headers that the browser would not send, or not like this, when it follows the redirect."""


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
