"""The workers that serve together: whoever ends is replaced, but never in a storm."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Final

from twofold.cli.line import REFUSED
from twofold.cli.workers import Worker

STABLE_SECONDS: Final = 10.0
"""Who lived this long was not ended by what happens at every start."""

FIRST_DELAY_SECONDS: Final = 0.5
LONGEST_DELAY_SECONDS: Final = 30.0

log = logging.getLogger("twofold")


def failures_after(failures: int, lived_seconds: float) -> int:
    """Count the failures in a row, after one more worker has ended."""
    return 0 if lived_seconds >= STABLE_SECONDS else failures + 1


def delay_seconds(failures: int) -> float:
    """Give how long to wait before the next start: twice as long after each failure in a row."""
    if failures == 0:
        return 0.0
    # More doublings than this pass the longest delay anyway, and a large exponent is no number.
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(failures - 1, 10))


def ending(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


class Crew:
    """Workers of one start, which run the same code.

    Args:
        size: how many.
        start: starts one.
        start_seconds: how long one may take to be ready before it is killed; 0 for ever.
        hung_seconds: how long one that was ready may give no sign; 0 for ever.
    """

    def __init__(self, size: int, start: Callable[[], Awaitable[Worker]], *, start_seconds: float, hung_seconds: float) -> None:
        self._size = size
        self._start = start
        self._start_seconds = start_seconds
        self._hung_seconds = hung_seconds
        self._workers: set[Worker] = set()
        self._keepers: list[asyncio.Task[None]] = []

    async def begin(self) -> bool:
        """Start the workers; False when one of them does not serve, and it has said why.

        The first one starts alone, so that what is wrong with the app is said once.
        """
        first = await self._ready()
        if first is None:
            return False
        others = await asyncio.gather(*(self._ready() for _ in range(self._size - 1)))
        workers = [first, *(one for one in others if one is not None)]
        self._keepers = [asyncio.ensure_future(self._keep(one)) for one in workers]
        return None not in others

    async def leave(self, order: bytes, within_seconds: float) -> bool:
        """Have all workers end, and those that do not within the time killed; tells whether none had to be."""
        for keeper in self._keepers:
            keeper.cancel()
        ends = [asyncio.ensure_future(one.end()) for one in self._workers]
        for one in self._workers:
            one.order(order)
        late = (await asyncio.wait(ends, timeout=within_seconds))[1] if ends else set()
        if late:
            log.error("%d workers did not stop in time, and are killed", len(late))
            self.kill()
            await asyncio.wait(late)
        return not late

    def kill(self) -> None:
        """End all workers at once."""
        for one in self._workers:
            one.kill()

    async def _ready(self) -> Worker | None:
        worker = await self._started()
        if await worker.is_ready(self._start_seconds or None):
            return worker
        if not worker.has_ended:
            log.error("worker %d was not ready within %g s", worker.process.pid, self._start_seconds)
            worker.kill()
        code = await worker.end()
        self._workers.discard(worker)
        if code != REFUSED:  # else it has said what is wrong
            log.error("worker %d %s before it was ready", worker.process.pid, ending(code))
        return None

    async def _started(self) -> Worker:
        worker = await self._start()
        self._workers.add(worker)
        return worker

    async def _keep(self, worker: Worker) -> None:
        """Replace a worker whenever it ends."""
        failures = 0
        while True:
            code = await self._ended(worker)
            failures = failures_after(failures, asyncio.get_running_loop().time() - worker.began_at)
            self._workers.discard(worker)
            delay = delay_seconds(failures)
            log.error("worker %d %s; another one starts in %g s", worker.process.pid, ending(code), delay)
            worker = await self._replacement(delay)

    async def _replacement(self, delay: float) -> Worker:
        while True:
            await asyncio.sleep(delay)
            try:
                return await self._started()
            except OSError as error:
                delay = LONGEST_DELAY_SECONDS
                log.error("no worker can be started: %s; next try in %g s", error, delay)  # noqa: TRY400  the text says it all

    async def _ended(self, worker: Worker) -> int:
        watching = asyncio.ensure_future(self._watch(worker))
        try:
            return await worker.end()
        finally:
            watching.cancel()

    async def _watch(self, worker: Worker) -> None:
        """Kill a worker that does not get ready, or hangs."""
        is_ready = await worker.is_ready(self._start_seconds or None)
        if not is_ready and not worker.has_ended:
            log.error("worker %d was not ready within %g s, and is killed", worker.process.pid, self._start_seconds)
            worker.kill()
        elif is_ready and self._hung_seconds:
            await self._silence(worker)
            log.error("worker %d has given no sign for %g s, and is killed", worker.process.pid, self._hung_seconds)
            worker.kill()

    async def _silence(self, worker: Worker) -> None:
        clock = asyncio.get_running_loop().time
        while clock() - worker.heard_at < self._hung_seconds:
            before = clock()
            await asyncio.sleep(self._hung_seconds / 4)
            if clock() - before > self._hung_seconds / 2:
                # The machine was asleep, or this process was: the silence may be nobody's fault.
                worker.heard_at = clock()
