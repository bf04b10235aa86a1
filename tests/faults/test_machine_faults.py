"""The machine and the network break: a full disk, a clock that jumps, callers that hang up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import resource
import socket
import struct
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from support.shop_server import API_KEY, ShopServer, level, reserve, serving_shop
from support.valkey import Valkey
from twofold.cache import cached, use
from twofold.cache.redis import RedisStore
from twofold.limits import Allowance, Rate
from twofold.limits.redis import RedisStore as LimitStore
from twofold.redis import Redis

MANY, MANY_UNITS = "D-1", 75


def size_of(path: Path | str) -> int:
    return Path(path).stat().st_size


def limit_files(served: ShopServer, size_bytes: int) -> None:
    """Let no worker write a file beyond a size, as a full disk would not."""
    for pid in served.workers():
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


@pytest.mark.fault("F28", "the disk under SQLite is full: writers get 503, readers go on, nothing acknowledged is lost, it heals")
async def test_a_full_disk(valkey: Valkey, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with serving_shop(tmp_path, f"sqlite+aiosqlite:///{path}", valkey.url) as served:
        async with served.client() as client:
            first = await reserve(client, MANY, "first")
            assert first.status_code == 201
            limit_files(served, max(size_of(path), size_of(f"{path}-wal")))
            answers = [
                await client.post(
                    "/api/reservations", json={"sku": MANY, "quantity": 1}, headers={"idempotency-key": f"full-{number}"}
                )
                for number in range(10)
            ]
            assert {one.status_code for one in answers} <= {201, 503}
            assert answers[-1].status_code == 503
            assert answers[-1].headers["retry-after"]
            held = 1 + sum(one.status_code == 201 for one in answers)
            assert await level(client, MANY) == (MANY_UNITS - held, held, 0)
            assert (await client.get(f"/api/reservations/{first.json()['id']}")).status_code == 200
            limit_files(served, resource.RLIM_INFINITY)
            assert (await reserve(client, MANY, "full-9")).status_code == 201
            assert await level(client, MANY) == (MANY_UNITS - held - 1, held + 1, 0)


@pytest.mark.fault("F30", "clocks jump an hour, forth and back: values stay what they are, and nobody waits longer than a window")
async def test_clocks_jump(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = Redis(valkey.url, deadline_seconds=10)
    computed: list[int] = []

    @cached(tags=["stock"], ttl=600)
    async def stock() -> int:
        computed.append(1)
        return len(computed)

    now = time.time
    with use(store := RedisStore(redis)):
        for jump in (0, 3600, -3600):
            monkeypatch.setattr(time, "time", lambda jump=jump: now() + jump)
            assert await stock() == 1
    monkeypatch.undo()
    limits, allowance = LimitStore(redis), [Allowance("caller", Rate(1, 60))]
    assert [(await limits.hit(allowance))[0].is_allowed for _ in range(2)] == [True, False]
    with valkey.client() as client:
        (key,) = list(client.scan_iter("*limit*"))
        for member, score in client.zrange(key, 0, -1, withscores=True):
            client.zadd(key, {member: score + 3600e6})  # what was accepted lies an hour ahead of the server's clock
    (refused,) = await limits.hit(allowance)
    assert not refused.is_allowed
    assert refused.reset_seconds <= 60
    await store.close()
    await redis.close()


def hang_up(url: str, key: str, after_seconds: float) -> None:
    """Send an order and be gone, with a reset instead of a goodbye."""
    where = urlsplit(url)
    body = json.dumps({"sku": MANY, "quantity": 1}).encode()
    head = [
        "POST /api/reservations HTTP/1.1",
        f"host: {where.netloc}",
        f"authorization: Bearer {API_KEY}",
        f"idempotency-key: {key}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        time.sleep(after_seconds)


@pytest.mark.fault("F40", "callers hang up 0 to 20 ms after they have asked, and ask again with their keys: one effect each")
async def test_callers_hang_up(valkey: Valkey, tmp_path: Path) -> None:
    rng = random.Random(40)
    with serving_shop(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}", valkey.url) as served:
        calls = [
            asyncio.to_thread(hang_up, served.url, f"call-{number}", rng.uniform(0, 0.02))
            for number in range(50)
            for _ in range(2)
        ]
        await asyncio.gather(*calls)
        async with served.client() as client:
            answers = [await reserve(client, MANY, f"call-{number}") for number in range(50)]
            assert [one.status_code for one in answers] == [201] * 50
            assert len({one.json()["id"] for one in answers}) == 50
            assert await level(client, MANY) == (MANY_UNITS - 50, 50, 0)
