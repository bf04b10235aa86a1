"""The process above the workers: it holds the socket, and serves nothing itself.

It never imports the app, so that workers which it starts later run what is on the disk then: SIGHUP replaces all of them
without a request lost. Their lines break when it dies, and then they stop as well.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from twofold.cli.crew import Crew
from twofold.cli.line import RETIRE, STOP

SECONDS_MORE: Final = 5.0
"""Than a worker needs to stop in order, before it is killed."""

log = logging.getLogger("twofold")


class Supervisor:
    """Keeps a crew at work, replaces it when asked to, and has it stop.

    Args:
        new_crew: gives workers that have not been started.
        stop_seconds: how long a worker may take to stop.
        is_serving: is told that the first workers are ready.
    """

    def __init__(self, new_crew: Callable[[], Crew], *, stop_seconds: float, is_serving: Callable[[], None]) -> None:
        self._new_crew = new_crew
        self._stop_seconds = stop_seconds + SECONDS_MORE
        self._is_serving = is_serving
        self._crews: list[Crew] = []
        self._is_forced = False
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    async def run(self) -> int:
        """Serve until told to stop, and give the exit code: 0 when everything ended in order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        serving: asyncio.Future[Any] = asyncio.ensure_future(self._serve())
        stopping: asyncio.Future[Any] = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            serving.cancel()
            stopping.cancel()
            are_clean = await self._all(lambda crew: crew.leave(STOP, self._stop_seconds))
        with suppress(asyncio.CancelledError):
            await serving
        return 0 if are_clean and self._stop.is_set() and not self._is_forced else 1

    def _on_stop(self) -> None:
        if self._stop.is_set():
            self._is_forced = True
            for crew in self._crews:
                crew.kill()
        self._stop.set()

    async def _serve(self) -> None:
        """Start the first workers, then replace them whenever asked to; returns when the first do not serve."""
        if not await self._replace():
            return
        self._is_serving()
        while True:
            await self._reload.wait()
            self._reload.clear()
            log.info("new workers start")
            if await self._replace():
                log.info("the new workers have taken over")
            else:
                log.error("the new workers do not serve; those before them go on")

    async def _replace(self) -> bool:
        new = self._new_crew()
        self._crews.append(new)
        if not await new.begin():
            await new.leave(STOP, self._stop_seconds)
            self._crews.remove(new)
            return False
        old = self._crews[:-1]
        await asyncio.gather(*(crew.leave(RETIRE, self._stop_seconds) for crew in old))
        self._crews = [new]
        return True

    async def _all(self, take: Callable[[Crew], Awaitable[bool]]) -> bool:
        return all(await asyncio.gather(*(take(crew) for crew in self._crews)))
