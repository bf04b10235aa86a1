"""The machine: one core for the server and one for the load, and what else used them meanwhile."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SERVER_CPU, CLIENT_CPU = os.environ.get("BENCH_CPUS", "0,1").split(",")
START_SECONDS = 90
MAX_FOREIGN, MAX_STEAL = 0.10, 0.10
"""Cores that others, or the hypervisor, may use during a run; beyond that it is repeated."""

_TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tree(root: int) -> list[int]:
    """Give the ids of a process and of all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Give the user and system time of processes."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICK


def resident_mb(pids: Sequence[int]) -> float:
    """Give the resident memory of processes, shared pages divided among those that share them."""
    kib = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def used_seconds() -> tuple[float, float]:
    """Give how long all cores were busy since the machine's start, and how long the hypervisor took them away."""
    busy = stolen = 0
    for line in Path("/proc/stat").read_text().splitlines():
        if re.match(r"cpu\d", line):
            fields = list(map(int, line.split()[1:]))
            busy += fields[0] + fields[1] + fields[2] + fields[5] + fields[6]
            stolen += fields[7]
    return busy / _TICK, stolen / _TICK


def wait_until_quiet(limit_seconds: float = 30) -> None:
    """Wait until nobody else uses the machine, or the limit is over."""
    end = time.monotonic() + limit_seconds
    while time.monotonic() < end:
        busy, stolen = used_seconds()
        time.sleep(0.3)
        after = used_seconds()
        if after[0] - busy < 0.04 and after[1] - stolen < 0.02:
            return


class Server:
    """One server process on its own core, from its start to its end.

    Attributes:
        cold_seconds: from the start of the process to its first 200.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environ: Mapping[str, str], port: int, log: Path, probe: str
    ) -> None:
        self.port = port
        self._log = log
        began = time.perf_counter()
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                ["taskset", "-c", SERVER_CPU, *command],
                cwd=folder, env=environ, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._wait(probe, began)
        self.cold_seconds = time.perf_counter() - began

    def _wait(self, probe: str, began: float) -> None:
        request = f"GET {probe} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode()
        while True:
            if self._process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                self.stop()
                raise RuntimeError(f"the server did not start: {self._log.read_text(errors='replace')[-800:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as one:
                    one.sendall(request)
                    if b" 200 " in one.recv(200):
                        return
            except OSError:
                pass
            time.sleep(0.002)

    def pids(self) -> list[int]:
        """Give the ids of the server's processes."""
        return tree(self._process.pid)

    def stop(self) -> None:
        """End it, gently first."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(5)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def ask(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, http.client.HTTPResponse]:
        """Send one request, and give status, body and the response itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content, response
