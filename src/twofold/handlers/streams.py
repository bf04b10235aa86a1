"""Streams: async iterators as responses, sent as fast as the client reads and stopped when it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from twofold.errors import ConfigurationError

KEEP_ALIVE_SECONDS = 15.0
"""Shorter than the idle time-outs of the usual proxies (30 to 60 s)."""

KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSentEvent:
    """One event of a `text/event-stream`; yield these from a route handler.

    Args:
        data: the text; several lines become several `data:` lines.
        event: the event's name, "message" when left out.
        id: comes back as `Last-Event-ID` when the browser reconnects.
        retry_milliseconds: how long the browser waits before it reconnects.

    Source: WHATWG HTML, section "Server-sent events".
    """

    data: str = ""
    event: str | None = None
    id: str | None = None
    retry_milliseconds: int | None = None

    def __post_init__(self) -> None:
        for name in ("event", "id"):
            value = getattr(self, name)
            if value is not None and any(one in value for one in "\r\n\0"):
                raise ConfigurationError(f"ServerSentEvent({name}={value!r}): line breaks and NUL would split the event")

    def encode(self) -> bytes:
        """Give the event as it stands on the wire."""
        lines = [f"data: {line}" for line in self.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        if self.event is not None:
            lines.insert(0, f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry_milliseconds is not None:
            lines.append(f"retry: {self.retry_milliseconds}")
        return ("\n".join(lines) + "\n\n").encode()


class StreamReply(Response):
    """A response whose body is an async iterator.

    The iterator runs in one task, which awaits each `send`: the server's flow control is the back-pressure. When the
    client leaves, the task is cancelled, so that the iterator's `finally` blocks run.

    Args:
        encode: makes bytes of one item.
        keep_alive_seconds: how long the stream may be silent before a comment is sent; none is sent when None.
    """

    def __init__(
        self,
        items: AsyncIterator[Any],
        encode: Callable[[Any], bytes],
        content_type: bytes,
        *,
        extra: Iterable[tuple[bytes, bytes]] = (),
        keep_alive_seconds: float | None = None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.raw_headers = [(b"content-type", content_type), *extra]
        self._items = items
        self._encode = encode
        self._keep_alive_seconds = keep_alive_seconds
        self._sent_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  ASGI has it
        """Send the stream.

        Raises:
            Exception: what the iterator raised; the status has left by then, so the connection is cut.
        """
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._touch()
        lock = asyncio.Lock()
        gone = asyncio.ensure_future(_until_disconnect(receive))
        pump = asyncio.ensure_future(self._pump(send, lock))
        try:
            await self._watch(pump, gone, send, lock)
        finally:
            for task in (pump, gone):
                task.cancel()
            await asyncio.wait({pump, gone})
        if not pump.cancelled():
            pump.result()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, send: Send, lock: asyncio.Lock) -> None:
        async with aclosing(self._items) as items:  # type: ignore[type-var]
            async for item in items:
                await self._send(self._encode(item), send, lock)
                # A server's `send` returns at once when the client has left: without a pause, an iterator that awaits
                # nothing would never let anybody see it.
                await asyncio.sleep(0)

    async def _watch(self, pump: asyncio.Future[None], gone: asyncio.Future[None], send: Send, lock: asyncio.Lock) -> None:
        while True:
            done, _ = await asyncio.wait({pump, gone}, timeout=self._seconds_until_comment, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return
            if self._seconds_until_comment:
                continue
            if lock.locked():
                self._touch()  # what waits to be sent already will do, once the client reads
            else:
                await self._send(KEEP_ALIVE, send, lock)

    async def _send(self, body: bytes, send: Send, lock: asyncio.Lock) -> None:
        async with lock:
            await send(_chunk(body))
            self._touch()

    def _touch(self) -> None:
        self._sent_at = asyncio.get_running_loop().time()

    @property
    def _seconds_until_comment(self) -> float | None:
        if self._keep_alive_seconds is None:
            return None
        return max(0.0, self._sent_at + self._keep_alive_seconds - asyncio.get_running_loop().time())


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
