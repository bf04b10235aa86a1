"""What it costs to count a request: in memory, and on a server.

python bench/limits.py [--hits N]      prints microseconds for each request, the median and the range of several rounds
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.valkey import running_valkey
from twofold.limits import Allowance, MemoryStore, Rate, Store
from twofold.limits.redis import RedisStore
from twofold.redis import Redis

ROUNDS = 7
CALLERS = 1_000
ONE = [Allowance("minute", Rate(100_000, 60))]
THREE = [*ONE, Allowance("hour", Rate(100_000, 3_600)), Allowance("day", Rate(100_000, 86_400))]
USED_UP = [Allowance("used up", Rate(1, 3_600))]


async def measure(store: Store, allowances: list[Allowance], hits: int) -> list[float]:
    """Give the microseconds of one request, by round."""
    await store.hit(allowances)
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(hits):
            await store.hit(allowances)
        rounds.append((time.perf_counter() - started) / hits * 1e6)
    return rounds


async def show(name: str, store: Store, hits: int) -> None:
    """Print the lines of one store."""
    for what, allowances in (("one limit", ONE), ("three limits", THREE), ("refused", USED_UP)):
        rounds = await measure(store, allowances, hits)
        print(f"{f'{name}, {what}':32}{statistics.median(rounds):8.1f}{min(rounds):10.1f} - {max(rounds):.1f}")


async def weigh(requests: int) -> float:
    """Give the bytes of one caller in the memory of the process."""
    store = MemoryStore()
    tracemalloc.start()
    for number in range(CALLERS):
        allowance = Allowance(
            f"place GET /api/stock/{{sku}} twofold.limiting.client_address\n1000/3600\n{number}", Rate(1_000, 3_600)
        )
        for _ in range(requests):
            await store.hit([allowance])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / CALLERS


async def main(hits: int) -> None:
    """Measure every store."""
    print(f"{'microseconds':32}{'median':>8}{'range':>10}")
    await show("memory", MemoryStore(), hits)
    with running_valkey() as server:
        redis = Redis(server.url, deadline_seconds=10)
        await show("server", RedisStore(redis), hits)
        await redis.close()
    for requests in (1, 10, 100):
        print(f"bytes of a caller with {requests:>3} requests{await weigh(requests):8.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hits", type=int, default=2_000, help="for each round")
    asyncio.run(main(parser.parse_args().hits))
