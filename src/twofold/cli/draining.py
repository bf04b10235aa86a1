"""Streams that never end by themselves are ended when the server stops, so that it can."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.health import LEAVING

EVENT_STREAM = b"text/event-stream"
CLOSE = (b"connection", b"close")


class Draining:
    """An ASGI app around another that ends its event streams when the server stops.

    uvicorn waits for every response to finish, and an event stream waits for its client: neither would ever go first.
    Other responses, downloads among them, end by themselves and are left to.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.is_leaving = False
        self.is_stopping = False
        self._exchanges: set[_Exchange] = set()

    def leave(self) -> None:
        """Answer what still comes, and have each client come back on another connection, which may lead elsewhere."""
        self.is_leaving = True

    def begin(self) -> None:
        """End the event streams there are, and each that still begins."""
        self.leave()
        self.is_stopping = True
        for exchange in self._exchanges:
            exchange.end_if_endless()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and know about it while it runs."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.is_leaving:
            scope = {**scope, LEAVING: True}
        exchange = _Exchange(self, receive, send)
        self._exchanges.add(exchange)
        try:
            await self.app(scope, exchange.receive, exchange.send)
            await exchange.finish()
        finally:
            self._exchanges.discard(exchange)


class _Exchange:
    """One request, whose client can be made to look as if it had left."""

    def __init__(self, draining: Draining, receive: Receive, send: Send) -> None:
        self._draining = draining
        self._receive = receive
        self._send = send

    _ended: asyncio.Event | None = None  # made by who waits for it
    _is_ended = False
    _is_read = False
    _is_complete = False
    _headers: Sequence[tuple[bytes, bytes]] = ()

    def end_if_endless(self) -> None:
        if any(name.lower() == b"content-type" and value.lower().startswith(EVENT_STREAM) for name, value in self._headers):
            self._is_ended = True
            if self._ended is not None:
                self._ended.set()

    async def receive(self) -> Message:
        if not self._is_read:
            message = await self._receive()
            self._is_read = not message.get("more_body", False)
            return message
        if self._is_ended:
            return {"type": "http.disconnect"}
        self._ended = self._ended or asyncio.Event()
        received = asyncio.ensure_future(self._receive())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({received, ended}, return_when=asyncio.FIRST_COMPLETED)
            return received.result() if received.done() else {"type": "http.disconnect"}
        finally:
            received.cancel()
            ended.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self._is_complete = not message.get("more_body", False)
        elif message["type"] == "http.response.start":
            self._headers = message.get("headers", ())
            if self._draining.is_leaving:
                message = {**message, "headers": [*self._headers, CLOSE]}
        await self._send(message)
        if self._draining.is_stopping:
            self.end_if_endless()

    async def finish(self) -> None:
        """Close a stream that was ended, so that its client sees an end and not a broken connection."""
        if self._is_ended and not self._is_complete:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
