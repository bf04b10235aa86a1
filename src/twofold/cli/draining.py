"""Streams that never end by themselves are ended when the server stops, so that it can."""

from __future__ import annotations

import asyncio

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
        self._is_leaving = False
        self._is_stopping = False
        self._exchanges: set[_Exchange] = set()

    def leave(self) -> None:
        """Answer what still comes, and have each client come back on another connection, which may lead elsewhere."""
        self._is_leaving = True

    def begin(self) -> None:
        """End the event streams there are, and each that still begins."""
        self.leave()
        self._is_stopping = True
        for exchange in self._exchanges:
            exchange.end_if_endless()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and know about it while it runs."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._is_leaving:
            scope = {**scope, LEAVING: True}
        exchange = _Exchange(receive, send)
        self._exchanges.add(exchange)
        try:
            await self.app(scope, exchange.receive, self._watching(exchange))
            await exchange.finish()
        finally:
            self._exchanges.discard(exchange)

    def _watching(self, exchange: _Exchange) -> Send:
        async def send(message: Message) -> None:
            if self._is_leaving and message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), CLOSE]}
            await exchange.send(message)
            if self._is_stopping and message["type"] == "http.response.start":
                exchange.end_if_endless()

        return send


class _Exchange:
    """One request, whose client can be made to look as if it had left."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = asyncio.Event()
        self._is_read = False
        self._is_endless = False
        self._is_complete = False

    def end_if_endless(self) -> None:
        if self._is_endless:
            self._ended.set()

    async def receive(self) -> Message:
        if not self._is_read:
            message = await self._receive()
            self._is_read = not message.get("more_body", False)
            return message
        received = asyncio.ensure_future(self._receive())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({received, ended}, return_when=asyncio.FIRST_COMPLETED)
            return received.result() if received.done() else {"type": "http.disconnect"}
        finally:
            received.cancel()
            ended.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            self._is_endless = any(
                name.lower() == b"content-type" and value.lower().startswith(EVENT_STREAM) for name, value in headers
            )
        elif message["type"] == "http.response.body":
            self._is_complete = not message.get("more_body", False)
        await self._send(message)

    async def finish(self) -> None:
        """Close a stream that was ended, so that its client sees an end and not a broken connection."""
        if self._ended.is_set() and not self._is_complete:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
