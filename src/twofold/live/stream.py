"""One stream: what waits to be sent to one reader, and not more of it than is reasonable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Send

from twofold.live.events import KEEP_ALIVE

MAX_WAITING = 32
"""Chunks. The hub makes at most twenty in a second, so a reader that falls behind by more does not read."""


class Stream:
    """A queue of shared bytes, and a task that sends them while there are any: an idle stream has none.

    Args:
        first: gives what is sent before everything else.
        cut: ends the connection of a reader that does not read.
    """

    def __init__(self, send: Send, first: Callable[[], Awaitable[bytes]], cut: Callable[[], None]) -> None:
        self._send = send
        self._cut = cut
        self._waiting: list[bytes] = []
        self._is_cut = False
        self._sender: asyncio.Task[None] | None = asyncio.ensure_future(self._begin(first))

    def put(self, chunk: bytes) -> None:
        """Send a chunk after those that wait; too many of them, and the reader is cut off."""
        if self._is_cut:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._is_cut = True
            self._waiting.clear()
            self._cut()
            return
        self._waiting.append(chunk)
        if self._sender is None:
            self._sender = asyncio.ensure_future(self._drain())

    def keep_alive(self) -> None:
        """Send a comment, unless something else is on its way."""
        if self._sender is None:
            self.put(KEEP_ALIVE)

    def stop(self) -> None:
        """Send nothing more."""
        self._is_cut = True
        if self._sender is not None:
            self._sender.cancel()

    async def _begin(self, first: Callable[[], Awaitable[bytes]]) -> None:
        self._waiting.insert(0, await first())
        await self._drain()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._send({"type": "http.response.body", "body": self._waiting.pop(0), "more_body": True})
        except OSError:  # how some servers say that the reader has left; the request hears of it by itself
            self._is_cut = True
        self._sender = None
