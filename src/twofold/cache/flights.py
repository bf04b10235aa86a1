"""One computation at a time for what several readers want."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Share computations in flight between readers.

    Each computation is a task of its own: a reader that is cancelled, the first one included, takes nobody with it.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}

    def identity(self, key: bytes, versions: Hashable) -> Hashable:
        """Name a computation by what it computes and under what: never by the key alone.

        A reader that starts after a revalidation sees other versions, and so never joins a computation from before it.
        """
        return key, versions

    async def join(self, identity: Hashable, compute: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """Await the computation of this name, started if there is none.

        Returns:
            What it gave, and whether it started for this reader.
        """
        while True:
            task, is_first = self._board(identity, compute)
            try:
                return await asyncio.shield(task), is_first
            except asyncio.CancelledError:
                if is_first or not task.cancelled() or _is_cancelled():
                    raise
                # The computation was cancelled, this reader was not.

    def start(
        self, identity: Hashable, compute: Callable[[], Coroutine[Any, Any, T]], on_error: Callable[[BaseException], None]
    ) -> None:
        """Start the computation of this name if there is none, and await nothing."""
        task, is_first = self._board(identity, compute)
        if is_first:
            task.add_done_callback(lambda done: _report(done, on_error))

    def _board(self, identity: Hashable, compute: Callable[[], Coroutine[Any, Any, T]]) -> tuple[asyncio.Task[T], bool]:
        # A task belongs to its event loop, and threads with loops of their own share the function.
        name = (asyncio.get_running_loop(), identity)
        task = self._tasks.get(name)
        if task is not None and not task.done():
            return task, False
        task = self._tasks[name] = asyncio.create_task(compute())
        task.add_done_callback(lambda done: self._land(name, done))
        return task, True

    def _land(self, name: Hashable, task: asyncio.Task[T]) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _report(task: asyncio.Task[Any], on_error: Callable[[BaseException], None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        on_error(error)
