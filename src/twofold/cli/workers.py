"""A worker process, as its supervisor sees it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

from twofold.cli.line import READY
from twofold.cli.serving import Options


class Worker:
    """A running worker and the line to it.

    Attributes:
        heard_at: when it last gave a sign, on the loop's clock.
    """

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self.process = process
        self.began_at = self.heard_at = asyncio.get_running_loop().time()
        self._line = line
        self._is_ready = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen())

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.returncode is not None

    async def is_ready(self, within_seconds: float | None) -> bool:
        """Wait until it serves; False when it ended before, or is not ready in time.

        Args:
            within_seconds: None for as long as it takes.
        """
        ready = asyncio.ensure_future(self._is_ready.wait())
        ended = asyncio.ensure_future(self.process.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            ended.cancel()
        return self._is_ready.is_set() and not self.has_ended

    def order(self, order: bytes) -> None:
        """Send an order; one that has ended takes none."""
        with suppress(OSError):
            self._line.send(order)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def end(self) -> int:
        """Wait for its end, and give its exit code."""
        code = await self.process.wait()
        self._listening.cancel()
        self._line.close()
        return code

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while signs := await loop.sock_recv(self._line, 256):
                self.heard_at = loop.time()
                if READY in signs:
                    self._is_ready.set()


async def start_worker(options: Options, listener: socket.socket, variables: Mapping[str, str]) -> Worker:
    """Start a worker on a socket that it shares with others.

    Args:
        variables: of its environment, beside those of this process.

    Raises:
        OSError: there is no room for another process.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    arguments = options.to_json(), str(listener.fileno()), str(theirs.fileno())
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *_flags(), "-m", "twofold.cli.worker", *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(listener.fileno(), theirs.fileno()),
                env={**os.environ, **variables},
                process_group=0,  # Ctrl-C reaches the supervisor alone, which stops the workers in order
            )  # fmt: skip
    except BaseException:
        ours.close()
        raise
    return Worker(process, ours)


def _flags() -> list[str]:
    optimize = [f"-{'O' * sys.flags.optimize}"] if sys.flags.optimize else []
    return [*optimize, *(part for option in sys.warnoptions for part in ("-W", option))]
