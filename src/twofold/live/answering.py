"""The door: who may hold a stream, and from where it begins."""

from __future__ import annotations

import random
from urllib.parse import parse_qsl

from starlette.responses import Response

from twofold.cache import Sequence
from twofold.call import Call
from twofold.errors import Forbidden, MethodNotAllowed, NotFound, Unavailable
from twofold.live.hub import Hub
from twofold.live.reply import HEADERS, LiveReply
from twofold.responses import Empty, failure_response

LIVE_PATH = b"/_twofold/live"
"""Where open pages hear of what others revalidate."""

EVENT_STREAM = "text/event-stream"
NO_LISTENER = "no-listener"
NOWHERE = Sequence("", 0)
"""For a place that nobody can read: no log knows it, so its reader is told that anything may have changed."""

RETRY_SECONDS = (5, 15)
"""Readers that found no room come back at different times."""


async def answer_live(call: Call) -> Response:
    """Answer with the stream of revalidations.

    Raises:
        NotFound: the app has no live pages.
        Forbidden: a page of another site asked.
        Unavailable: there are too many streams already.
    """
    if not call.setup.settings.live:
        raise NotFound
    if call.method not in ("GET", "HEAD"):
        response = failure_response(MethodNotAllowed(), call)
        response.raw_headers.append((b"allow", b"GET, HEAD"))
        return response
    _check_reader(call)
    if call.method == "HEAD":
        return Empty(200, HEADERS)
    hub: Hub = call.setup.live
    address = call.client.address
    if not hub.seats.has_room(address):
        raise Unavailable("Too many pages are open", retry_after=random.randint(*RETRY_SECONDS))  # noqa: S311  only spreads
    return LiveReply(hub, address, _last(call))


def _check_reader(call: Call) -> None:
    """Refuse pages of other sites: they learn nothing from a stream, but each of their visitors would hold one."""
    if call.header(b"sec-fetch-site") is not None or call.header(b"origin") is not None:
        call.check_origin("action")
    elif EVENT_STREAM not in (call.header(b"accept") or ""):
        # Over plain http a browser says nothing of who asks. What a foreign page can load without an Origin (an image,
        # a frame) does not accept events; only EventSource does, and it sends an Origin to other sites.
        raise Forbidden("Only a page of this site may listen", details=NO_LISTENER)


def _last(call: Call) -> Sequence | None:
    """Give the place where the reader stopped: a browser that reconnects by itself says it in the header."""
    header = call.header(b"last-event-id")
    found = header if header is not None else dict(parse_qsl(call.query)).get("last")
    return None if found is None else Sequence.parse(found) or NOWHERE
