"""The wire: uvicorn's fastest protocol, with deadlines and limits for what it reads before any app is asked.

httptools refuses what is ambiguous in the framing; the rest of what uvicorn lets through is refused by the wire guard,
which is told the request target as it was sent.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from twofold.live import ABORT_EXTENSION
from twofold.wire_guard import TARGET_EXTENSION

HEAD_SECONDS = 10.0
"""For the request line and all headers together, from the first byte on."""

HEAD_BYTES = 64 * 1024
"""Kept of a request's head. The wire guard answers properly from 32 KiB on; what goes beyond this is not even read."""

LINGER_SECONDS = 10.0
"""For the rest of a body whose request is answered already."""


STALL_SECONDS = 30.0
"""For a client to take what waits to be sent to it: more than 64 KiB, or anything at all once the connection ends."""


class WireProtocol(HttpToolsProtocol):
    """An HTTP/1.1 connection that closes on a client that does not get on."""

    head_seconds = HEAD_SECONDS
    linger_seconds = LINGER_SECONDS
    stall_seconds = STALL_SECONDS

    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_message_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._expect(None)
        self._take_up_to(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read. Empty lines before a request are no request, and hold a kept connection no longer than one would."""
        super().data_received(data)
        if self._deadline is None and self._is_idle:
            self._expect(self.head_seconds)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and leave."""
        super().send_400_response(msg)
        self._take_up_to(self.stall_seconds)

    def pause_writing(self) -> None:
        """Expect the client to read."""
        super().pause_writing()
        self._take_up_to(self.stall_seconds)

    def resume_writing(self) -> None:
        """Note that the client reads."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._take_up_to(None)

    def timeout_keep_alive_handler(self) -> None:
        """Leave a client that asks nothing more."""
        self._close()

    def shutdown(self) -> None:
        """Leave, now or after the answer that is being made."""
        super().shutdown()
        if self.transport.is_closing():
            self._take_up_to(self.stall_seconds)

    def on_message_begin(self) -> None:
        """Expect the rest of the head."""
        super().on_message_begin()
        self._head_bytes = 0
        self._is_message_open = True
        self._expect(self.head_seconds)

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request on, with its target as it was sent: uvicorn keeps neither fragment nor host."""
        self._expect(None)
        extensions: dict[str, Any] = {TARGET_EXTENSION: {"raw": self.url}, ABORT_EXTENSION: {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that nothing of this request is missing."""
        self._is_message_open = False
        self._expect(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Read what is left of the request, for a while, so that the client can read the answer."""
        super().on_response_complete()
        if self._is_message_open:
            self._expect(self.linger_seconds)
        if self.transport.is_closing():
            self._take_up_to(self.stall_seconds)

    @property
    def _is_idle(self) -> bool:
        """Whether no request is being read or answered here; a connection that became a WebSocket is not here any more."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return is_answered and not self._is_message_open and self in self.connections and not self.transport.is_closing()

    def _close(self) -> None:
        """Close when what was written is sent, or when the client does not take it."""
        self.transport.close()
        self._take_up_to(self.stall_seconds)

    def _count(self, *parts: bytes) -> None:
        self._head_bytes += sum(map(len, parts))
        if self._head_bytes > HEAD_BYTES:
            # The parser reports what its callbacks raise as a malformed request: 400, and the connection is closed.
            raise ValueError("the request's head is too large")

    def _expect(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._close)

    def _take_up_to(self, seconds: float | None) -> None:
        if seconds is None and self._stall is not None:
            self._stall.cancel()
            self._stall = None
        elif seconds is not None and self._stall is None:  # else the client has had some of its time already
            self._stall = self.loop.call_later(seconds, self.transport.abort)
