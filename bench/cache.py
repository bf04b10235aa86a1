"""What a cached read costs: in memory, on a server, and near a server.

python bench/cache.py [--reads N]      prints microseconds for each read, the median and the range of several rounds
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.valkey import running_valkey
from twofold.cache import MemoryStore, Store, cached, use
from twofold.cache.redis import RedisStore
from twofold.redis import Redis

ROUNDS = 7


@cached(tags=["stock", "stock:{sku}"])
async def level(sku: str) -> int:
    """Give what is never computed again."""
    return len(sku)


@cached(tags=["stock", "stock:{sku}"], max_staleness=0.5)
async def near_level(sku: str) -> int:
    """Give the same, from a copy that may lag behind."""
    return len(sku)


async def measure(read: Callable[[], Awaitable[object]], reads: int) -> list[float]:
    """Give the microseconds of one read, by round."""
    await read()
    await asyncio.sleep(0.2)
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(reads):
            await read()
        rounds.append((time.perf_counter() - started) / reads * 1e6)
    return rounds


def show(name: str, rounds: list[float]) -> None:
    """Print a line of the table."""
    print(f"{name:44}{statistics.median(rounds):8.1f}{min(rounds):10.1f} - {max(rounds):.1f}")


async def on(store: Store, name: str, read: Callable[[], Awaitable[object]], reads: int) -> None:
    """Measure with one store."""
    with use(store):
        show(name, await measure(read, reads))


async def main(reads: int) -> None:
    """Measure all."""
    table = {"A": 1}

    async def look_up() -> int:
        return table["A"]

    print(f"{'microseconds for one read':44}{'median':>8}{'range':>10}")
    show("an async function with a dict", await measure(look_up, reads))
    await on(MemoryStore(), "memory of the process", lambda: level("A"), reads)
    with running_valkey() as server:
        redis = Redis(server.url)
        store = RedisStore(redis)
        with use(store):
            show("a PING of the server", await measure(redis.ping, reads // 10))
        await on(store, "on the server, never stale", lambda: level("A"), reads // 10)
        await on(store, "near the server, max_staleness=0.5", lambda: near_level("A"), reads)
        await store.close()
        await redis.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=20_000)
    asyncio.run(main(parser.parse_args().reads))
