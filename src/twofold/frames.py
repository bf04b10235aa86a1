"""Frames: the answer to the browser runtime, one JSON object a line, each sent as soon as it is known."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from twofold.boundary import dumps
from twofold.call import Call
from twofold.errors import Failure, Redirect, wire
from twofold.responses import NO_STORE, failure_headers, location_of

MEDIA = b"application/vnd.twofold.frames"


class Frames(Response):
    """A response of frames.

    Args:
        first: ready frames; the status and the headers leave with them.
        more: frames still to come; closed when the browser leaves.
    """

    def __init__(
        self,
        first: Iterable[bytes],
        more: AsyncIterator[bytes] | None = None,
        status: int = 200,
        extra: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = b"".join(first)
        self.raw_headers = [(b"content-type", MEDIA), NO_STORE, *extra]
        self._more = more
        if more is None:
            self.raw_headers.append((b"content-length", b"%d" % len(self.body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  ASGI has it
        """Send the frames."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if self._more is None:
            await send({"type": "http.response.body", "body": self.body})
            return
        async with aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Give the frames, and those still to come."""
        if self.body:
            yield bytes(self.body)
        if self._more is not None:
            async with aclosing(self._more) as more:  # type: ignore[type-var]
                async for frame in more:
                    yield frame


def frame(**members: Any) -> bytes:
    """Give one frame."""
    return dumps(members) + b"\n"


def result_frame(data: bytes) -> bytes:
    """Give the frame of a result.

    Args:
        data: JSON text.
    """
    return b'{"data":' + data + b"}\n"


def item_frame(item: bytes) -> bytes:
    """Give the frame of one item of a stream.

    Args:
        item: JSON text.
    """
    return b'{"item":' + item + b"}\n"


def failure_frame(failure: Failure, call: Call) -> bytes:
    """Give the frame of a failure."""
    return frame(failure=wire(failure, reveal=call.setup.settings.is_development), status=failure.status)


async def fail_as_frames(failure: Failure, call: Call) -> Frames:
    """Answer the runtime with a failure before which nothing happened."""
    extra = [one for one in failure_headers(failure) if one != NO_STORE]
    return Frames([failure_frame(failure, call)], None, failure.status, extra)


def redirected(response: Response) -> Response:
    """Tell the runtime of a redirect as a frame: a browser's `fetch` would follow it and show nothing of it."""
    location = response.headers.get("location")
    if location is None or not 300 <= response.status_code < 400:
        return response
    kept = [one for one in response.raw_headers if one[0] == b"set-cookie"]
    return Frames([frame(redirect=location)], None, 200, kept)


def redirect_frame(found: Redirect | str) -> bytes:
    """Give the frame of a redirect."""
    return frame(redirect=location_of(found if isinstance(found, str) else found.url))
