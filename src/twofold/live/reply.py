"""The response that holds a stream open until its reader leaves, the server stops, or the reader does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from twofold.cache import Sequence
from twofold.live.hub import Hub
from twofold.live.stream import Stream
from twofold.responses import NO_STORE

ABORT_EXTENSION = "twofold.abort"
"""Of the ASGI scope, offered by `twofold serve`: `{"abort": <a function that drops the connection>}`."""

HEADERS = (
    (b"content-type", b"text/event-stream"),
    NO_STORE,
    (b"x-accel-buffering", b"no"),  # nginx would wait for a full buffer
)


class LiveReply(Response):
    """Everything that is revalidated after a place in the log, as events.

    Args:
        address: of the client.
        last: where the reader stopped; None for one that has everything.
    """

    def __init__(self, hub: Hub, address: str | None, last: Sequence | None) -> None:
        self.status_code = 200
        self.background = None
        self.raw_headers = list(HEADERS)
        self._hub = hub
        self._address = address
        self._last = last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the stream."""
        with self._hub.seats.one(self._address):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            waiting = _Waiting(receive, scope.get("extensions", {}).get(ABORT_EXTENSION, {}).get("abort"))
            stream = Stream(send, partial(self._hub.since, self._last), waiting.cut)
            with self._hub.joined(stream):
                await waiting.wait()


class _Waiting:
    """The request's own task, which waits for the client to leave: a second one for each idle stream would be too much."""

    def __init__(self, receive: Receive, abort: Callable[[], None] | None) -> None:
        self._receive = receive
        self._abort = abort
        self._task = asyncio.current_task()
        self._is_cut = False

    async def wait(self) -> None:
        """Return when the client has left, or was cut off."""
        try:
            while (await self._receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self._is_cut or self._task is None or self._task.uncancel():
                raise  # the server's own reasons

    def cut(self) -> None:
        """Drop the connection; a server that offers no way to do it closes it, which waits for what is sent already."""
        self._is_cut = True
        if self._abort is not None:
            self._abort()
        elif self._task is not None:
            self._task.cancel()
