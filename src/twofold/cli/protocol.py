"""The wire: uvicorn's fastest protocol, with deadlines and limits for what it reads before any app is asked.

httptools refuses what is ambiguous in the framing; the rest of what uvicorn lets through is refused by the wire guard,
which is told the request target as it was sent.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from twofold.cli.exchange import Exchange
from twofold.live import ABORT_EXTENSION
from twofold.wire_guard import TARGET_EXTENSION

HEAD_SECONDS = 10.0
"""For the request line and all headers together, from the first byte on."""

HEAD_BYTES = 64 * 1024
"""Kept of a request's head beyond its first read. The wire guard answers properly from 32 KiB on; this is for what never ends."""

_TOO_LARGE = "Request head too large."

LINGER_SECONDS = 10.0
"""For the rest of a body whose request is answered already."""


STALL_SECONDS = 30.0
"""For a client to take what waits to be sent to it: more than 64 KiB, or anything at all once the connection ends."""


class WireProtocol(HttpToolsProtocol):
    """An HTTP/1.1 connection that closes on a client that does not get on."""

    head_seconds = HEAD_SECONDS
    linger_seconds = LINGER_SECONDS
    stall_seconds = STALL_SECONDS

    _due: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _last_read_bytes = 0
    _read_bytes = 0  # after the read in which the head began: what came before it there is another request's
    _is_head_open = False
    _is_message_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._expect(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._take_up_to(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read. Empty lines before a request are no request, and hold a kept connection no longer than none."""
        self._last_read_bytes = len(data)
        if self._is_head_open:
            self._read_bytes += len(data)
        if self._is_head_open and self._read_bytes > HEAD_BYTES:
            self._is_head_open = False
            self.send_400_response(_TOO_LARGE)
        else:
            super().data_received(data)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over: how long a conversation may be silent is its own affair."""
        self._expect(None)
        super().handle_websocket_upgrade()

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

    def shutdown(self) -> None:
        """Leave, now or after the answer that is being made."""
        super().shutdown()
        if self.transport.is_closing():
            self._take_up_to(self.stall_seconds)

    def on_message_begin(self) -> None:
        """Expect the rest of the head."""
        super().on_message_begin()
        self._read_bytes = 0
        self._is_head_open = self._is_message_open = True
        self._expect(self.head_seconds)

    def on_headers_complete(self) -> None:
        """Hand the request on, with its target as it was sent: uvicorn keeps neither fragment nor host."""
        self._is_head_open = False
        self._expect(None)
        if self._read_bytes + self._last_read_bytes > HEAD_BYTES and self._head_bytes() > HEAD_BYTES:
            # The parser reports what its callbacks raise as a malformed request: 400, and the connection is closed.
            raise ValueError(_TOO_LARGE)
        extensions: dict[str, Any] = {TARGET_EXTENSION: {"raw": self.url}, ABORT_EXTENSION: {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions
        former = self.cycle
        super().on_headers_complete()
        if self.cycle is not former:  # it has not begun to run; an upgrade makes none
            self.cycle.__class__ = Exchange

    def on_message_complete(self) -> None:
        """Note that nothing of this request is missing."""
        self._is_message_open = False
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            self._expect(self.timeout_keep_alive)

    def on_response_complete(self) -> None:
        """Read what is left of the request, for a while, so that the client can read the answer; or wait for another one."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
        else:  # as uvicorn does, but for a timer for each answer
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        if self.transport.is_closing():
            self._take_up_to(self.stall_seconds)
        elif self.cycle.response_complete:  # and no other one has begun
            self._expect(self.linger_seconds if self._is_message_open else self.timeout_keep_alive)

    def _close(self) -> None:
        """Close when what was written is sent, or when the client does not take it."""
        self.transport.close()
        self._take_up_to(self.stall_seconds)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _expect(self, seconds: float | None) -> None:
        """Close when the client has not got on by then. One timer serves all requests: it is set anew only when it rings."""
        if seconds is None:
            self._due = None
            return
        self._due = due = self.loop.time() + seconds
        if self._timer is not None and due < self._timer.when():
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._due is None:
            return
        seconds = self._due - self.loop.time()
        if seconds > 0:
            self._timer = self.loop.call_later(seconds, self._ring)
        else:
            self._close()

    def _take_up_to(self, seconds: float | None) -> None:
        if seconds is None and self._stall is not None:
            self._stall.cancel()
            self._stall = None
        elif seconds is not None and self._stall is None:  # else the client has had some of its time already
            self._stall = self.loop.call_later(seconds, self.transport.abort)
