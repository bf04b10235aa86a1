"""Reading the items of a run while it goes on: the run has its own task, which its reader stops when it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from twofold.actions.handover import End, Handover, stopped

T = TypeVar("T")


class Reader:
    """Takes the items of one run, as JSON text."""

    def __init__(self) -> None:
        self.handover: Handover[bytes] = Handover()
        self.maker: asyncio.Task[Any] | None = None


_reader: ContextVar[Reader | None] = ContextVar("twofold_stream_reader", default=None)


def take_reader() -> Reader | None:
    """Give who reads the items of the run that begins here; None where only its end matters."""
    reader = _reader.get()
    if reader is not None:
        _reader.set(None)  # what this run calls has its own callers
        reader.maker = asyncio.current_task()
    return reader


class Streaming(Generic[T]):
    """A run whose items are read while it goes on.

        async with aclosing(Streaming(run)) as streaming:
            if await streaming.begins():
                async for item in streaming.items():
                    ...
            end = await streaming.end()

    Args:
        run: runs a stream action at some depth, and gives what it came to. It need not: a replay has no items.
    """

    def __init__(self, run: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._reader = Reader()
        self._first: bytes | End | None = None
        self._run = asyncio.create_task(self._read(run))
        self._reader.handover.ended_by(self._run)

    async def _read(self, run: Callable[[], Coroutine[Any, Any, T]]) -> T:
        _reader.set(self._reader)
        return await run()

    async def begins(self) -> bool:
        """Wait for the first item; False when the run ends without one."""
        self._first = await self._reader.handover.first()
        return self._first is not End.END

    async def items(self) -> AsyncIterator[bytes]:
        """Give the items; the next one is made when it is asked for."""
        if self._first is None or isinstance(self._first, bytes):
            async for item in self._reader.handover.items(self._first):
                yield item

    async def end(self) -> T:
        """Give what the run came to.

        Raises:
            BaseException: what it raised.
        """
        return await self._run

    async def aclose(self) -> None:
        """Stop the run where it goes on: its reader has left."""
        maker = self._reader.maker
        if maker is not None and not self._run.done():
            # A run under a call key has a task of its own, which outlives whoever waits for it.
            maker.cancel()
            await asyncio.wait({self._run})
        await stopped(self._run)
