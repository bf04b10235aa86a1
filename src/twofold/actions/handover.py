"""Items on their way from the task that makes them to the one that reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class End(Enum):
    """No item follows."""

    END = "end"


class Handover(Generic[T]):
    """Hand items over one at a time: the maker goes on when the reader asks for the next one, as in any generator.

    They are two tasks, because a generator runs in the context of whoever asks for its next item: what it collects, and what
    it holds, would be the reader's between two items.
    """

    def __init__(self) -> None:
        self._made: asyncio.Queue[T | End] = asyncio.Queue()  # one item at most, and the end
        self._asked = asyncio.Semaphore(0)

    async def give(self, item: T) -> None:
        """Hand an item over, and wait until the next one is asked for."""
        self._made.put_nowait(item)
        await self._asked.acquire()

    def ended_by(self, maker: asyncio.Task[Any]) -> None:
        """Let the items end when their maker does, however that is."""
        maker.add_done_callback(lambda _: self._made.put_nowait(End.END))

    async def first(self) -> T | End:
        """Wait for the first item, or for the end."""
        return await self._made.get()

    async def items(self, first: T | None = None) -> AsyncIterator[T]:
        """Give the items until the end.

        Args:
            first: where it was taken already.
        """
        item = await self.first() if first is None else first
        while not isinstance(item, End):
            yield item
            self._asked.release()
            item = await self._made.get()


async def stopped(task: asyncio.Task[Any]) -> None:
    """Cancel a task that still runs, and wait for its end.

    Raises:
        BaseException: what it raised instead of ending.
    """
    if task.done():
        return
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
