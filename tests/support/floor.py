"""Processes that read through the cache, and one that writes, on one server: no read may be older than what was confirmed.

The writer changes the truth, revalidates, and publishes the floor once that is confirmed. A reader notes the floor, then
reads: what it gets may not be below. Where
reads may lag behind, the floor of that time ago counts. Truth and floor lie in a file that all processes map into their memory.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import random
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from twofold.cache import InvalidationUnconfirmed, cached, revalidate_tag, revalidation, use
from twofold.cache.redis import RedisStore
from twofold.redis import Redis

TRUTH, FLOOR, WRITES, COMPUTATIONS = range(0, 32, 8)
STARTS_WITHIN_SECONDS = 30


class Board:
    """Numbers that several processes see."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(64))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 64)

    def __getitem__(self, place: int) -> int:
        number: int = struct.unpack_from("<q", self._map, place)[0]
        return number

    def __setitem__(self, place: int, number: int) -> None:
        struct.pack_into("<q", self._map, place, number)


@dataclass(frozen=True)
class Result:
    reads: int
    stale: int
    worst: int


class Floors:
    """What the floor was some time ago, as far as this process has seen it."""

    def __init__(self, board: Board, ago_seconds: float) -> None:
        self._board = board
        self._ago_seconds = ago_seconds
        self._seen: deque[tuple[float, int]] = deque()
        self._known = 0

    def look(self) -> int:
        """Give the floor that was known to stand for that long; each look remembers the present one."""
        floor, now = self._board[FLOOR], time.monotonic()
        self._seen.append((now, floor))
        while self._seen and self._seen[0][0] <= now - self._ago_seconds:
            self._known = self._seen.popleft()[1]
        return self._known


async def read(board: Board, until: float, max_staleness: float) -> Result:
    @cached(tags=["truth"], max_staleness=max_staleness)
    async def truth() -> int:
        board[COMPUTATIONS] += 1
        found = board[TRUTH]
        await asyncio.sleep(random.choice([0, 0, 0.002, 0.01]))
        return found

    reads = stale = worst = 0
    floors = Floors(board, max_staleness)

    async def reading() -> None:
        nonlocal reads, stale, worst
        while time.monotonic() < until:
            floor = floors.look()
            found = await truth()
            reads += 1
            stale += found < floor
            worst = max(worst, floor - found)
            await asyncio.sleep(0)

    await asyncio.gather(*(reading() for _ in range(3)))
    return Result(reads, stale, worst)


async def write(board: Board, until: float) -> None:
    while time.monotonic() < until:
        board[TRUTH] += 1
        while True:
            with suppress(InvalidationUnconfirmed):
                async with revalidation():
                    revalidate_tag("truth")
                break
            if time.monotonic() > until + 5:
                return
        board[FLOOR] = board[TRUTH]
        board[WRITES] += 1
        await asyncio.sleep(random.choice([0, 0.001, 0.005]))


async def work(role: str, url: str, path: str, seconds: str, max_staleness: str) -> None:
    redis = Redis(url, deadline_seconds=0.25)
    store = RedisStore(redis)
    board = Board(Path(path))
    print("ready", flush=True)  # noqa: T201 - to the process that started this one
    sys.stdin.readline()
    until = time.monotonic() + float(seconds)
    with use(store):
        if role == "write":
            await write(board, until)
        else:
            print(json.dumps(vars(await read(board, until, float(max_staleness)))), flush=True)  # noqa: T201
    await store.close()
    await redis.close()


@contextmanager
def crowd(
    url: str, path: Path, seconds: float, *, readers: int = 3, max_staleness: float = 0
) -> Iterator[Callable[[], list[Result]]]:
    """Let processes read and one write; the block breaks things meanwhile, and then asks what they read."""
    board = Board(path)
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "support.floor", role, url, str(path), str(seconds), str(max_staleness)],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for role in ["write", *["read"] * readers]
    ]
    try:
        for one in programs:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in programs:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()

        def results() -> list[Result]:
            assert board[FLOOR] >= 0
            return [Result(**json.loads(one.communicate(timeout=seconds + 30)[0])) for one in programs[1:]]

        yield results
    finally:
        for one in programs:
            one.kill()
            one.communicate()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
