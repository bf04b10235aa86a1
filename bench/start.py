"""Measure what a process costs: its import, its start, its memory at rest, and whether it grows.

python bench/start.py [--requests 1000000]
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEED = ROOT / "bench" / "speed"
RUNS = 7
UVICORN = ["-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]


def import_ms() -> list[float]:
    """Give how long `import twofold` takes in a new process, byte code cached."""
    code = "import time; began = time.perf_counter(); import twofold; print((time.perf_counter() - began) * 1e3)"
    outputs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout for _ in range(RUNS + 1)]
    return [float(output) for output in outputs[1:]]


def resident_mb(pid: int) -> float:
    """Give the resident set of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def served(app: str, folder: Path, environ: dict[str, str]) -> Iterator[tuple[int, int, float]]:
    """Serve an app, and give its port, its process and the seconds to its first answer."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *UVICORN, "--port", str(port), app], cwd=folder, env={**os.environ, **environ})
    try:
        while not answers(port):
            if process.poll() is not None:
                raise RuntimeError(f"{app} did not start")
            time.sleep(0.002)
        yield port, process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether anything is answered, whatever it is."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return one.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


def load(port: int, requests: int) -> None:
    """Send requests over eight connections, as fast as they are answered."""
    request = b"GET /api/stock/SKU-0001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    batch = 50  # pipelined, so that the client costs little
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    sent = 0
    while sent < requests:
        for one in connections:
            one.sendall(request * batch)
        for one in connections:
            done = 0
            while done < batch:
                done += one.recv(1 << 16).count(b"HTTP/1.1 200")
        sent += batch * len(connections)
    for one in connections:
        one.close()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = {
            "PYTHONPATH": str(ROOT / "examples" / "inventory"), "TWOFOLD_ENV": "development",
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/shop.db", "PICTURES": f"{folder}/pictures",
        }  # fmt: skip
        small = {"PYTHONPATH": f"{SPEED / 'common'}:{SPEED / 'contenders' / 'twofold'}"}
        imports = import_ms()
        print(f"import twofold: {show(imports)} ms")
        for name, app, path, environ in (
            ("the shop", "main:app", ROOT / "examples" / "inventory", shop),
            ("an app without a database", "app:app", SPEED, small),
        ):
            starts = []
            for _ in range(RUNS):
                with served(app, path, environ) as (_, pid, seconds):
                    starts.append(seconds * 1e3)
                    memory = resident_mb(pid)
            print(f"{name}: first answer after {show(starts)} ms, {memory:.0f} MB at rest")
        with served("app:app", SPEED, small) as (port, pid, _):
            load(port, 50_000)
            before = resident_mb(pid)
            load(port, options.requests)
            print(f"after {options.requests:,} requests: {before:.1f} MB became {resident_mb(pid):.1f} MB")


def show(values: list[float]) -> str:
    """Give the median, the smallest and the largest."""
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


if __name__ == "__main__":
    main()
