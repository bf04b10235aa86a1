"""Measure what idle live streams cost one process, and how long a revalidation takes to reach all of them.

    python bench/live.py [--streams 1000] [--events 5]

The server is a process of its own, put together as `twofold serve` does it. Its memory is the resident set of the whole
process, as the kernel counts it. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from twofold import App, Settings, revalidate_tag
from twofold.cli.draining import Draining
from twofold.cli.server import Server, configured, listen
from twofold.live import Hub, Seats
from twofold.regions import tag_hash
from twofold.wire_guard import WireGuard

ROOM = 64
"""Connections beside the streams."""

WRITERS: list[asyncio.StreamWriter] = []
"""Kept, because a writer that is collected closes its connection."""

HEAD = b"GET /_twofold/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nSec-Fetch-Site: same-origin\r\n\r\n"
TOUCH = b"POST /touch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def app_for(streams: int) -> App:
    """Make an app that revalidates a tag when it is asked to."""
    app = App(settings=Settings(mode="test"))

    @app.post("/touch")
    async def touch() -> None:
        revalidate_tag("shop")

    setup = app.start()
    setup.live = Hub(setup.cache_store, partial(tag_hash, setup.keys), Seats(streams + ROOM, streams + ROOM))
    return app


def serve(streams: int) -> None:
    """Serve the app until the process is ended; print the port."""
    listener = listen("127.0.0.1", 0)
    config = configured(Draining(WireGuard(app_for(streams))), lifespan="on", access_log=False, limit_concurrency=streams + ROOM)
    print(listener.getsockname()[1], flush=True)
    Server(config).run(sockets=[listener])


def resident_mib(pid: int) -> float:
    """Give the resident set of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def opened(port: int) -> asyncio.StreamReader:
    """Open a stream, and read up to the place where it begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD)
    status = await reader.readline()
    if b" 200 " not in status:
        raise SystemExit(f"no stream: {status.decode()}")
    await reader.readuntil(b"id: ")
    await reader.readuntil(b"\n\n")
    WRITERS.append(writer)
    return reader


async def told(port: int, readers: list[asyncio.StreamReader]) -> float:
    """Revalidate a tag; give the milliseconds until the last stream has been told."""
    start = time.perf_counter()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(TOUCH)
    await asyncio.gather(*[reader.readuntil(b"data: ") for reader in readers])
    writer.close()
    return (time.perf_counter() - start) * 1000


async def measure(pid: int, port: int, streams: int, events: int) -> None:
    """Print the table."""
    await opened(port)
    before = resident_mib(pid)
    start = time.perf_counter()
    readers = [await opened(port) for _ in range(streams - 1)]
    seconds = time.perf_counter() - start
    idle = resident_mib(pid)
    milliseconds = [await told(port, readers) for _ in range(events)]
    each = (idle - before) * 1024 / streams
    rows = {
        "with one stream": f"{before:.1f} MiB",
        f"with {streams} idle streams": f"{idle:.1f} MiB, {each:.1f} KiB each",
        f"after {events} events to all of them": f"{resident_mib(pid):.1f} MiB",
        "to open one": f"{seconds * 1000 / streams:.2f} ms",
        "until all are told of an event": f"{min(milliseconds):.0f} to {max(milliseconds):.0f} ms, readers included",
    }
    for name, value in rows.items():
        print(f"{name:<34}{value}")


def main() -> None:
    """Start a server, measure it, end it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--events", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if options.serve:
        serve(options.streams)
        return
    command = [sys.executable, __file__, "--serve", "--streams", str(options.streams)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline()) if server.stdout else 0
            asyncio.run(measure(server.pid, port, options.streams, options.events))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
