"""A connection that breaks between an effect and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cutting:
    """A proxy of bytes: it drops both ends of a connection when the answer to a POST begins.

    Attributes:
        cuts: how many answers are still to be dropped.
    """

    def __init__(self, port: int) -> None:
        self.cuts = 0
        self._port = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._port)
        is_post = [False]
        sides = (
            self._forward(reader, upstream_writer, is_post, is_answer=False),
            self._forward(upstream_reader, writer, is_post, is_answer=True),
        )
        tasks = [asyncio.ensure_future(side) for side in sides]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for one in (writer, upstream_writer):
            one.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_post: list[bool], *, is_answer: bool
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                if not is_answer and (chunk.startswith((b"POST ", b"GET "))):
                    is_post[0] = chunk.startswith(b"POST ")
                if is_answer and is_post[0] and self.cuts:
                    self.cuts -= 1
                    return
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def cutting(port: int) -> AsyncIterator[tuple[Cutting, int]]:
    """Stand before a server on a port; gives the proxy and its own port."""
    proxy = Cutting(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with server:
        yield proxy, server.sockets[0].getsockname()[1]
