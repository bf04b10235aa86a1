"""The shop's invariants while things break: two workers, a real database, a real Valkey."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest

from support.postgres import Postgres, running_postgres
from support.shop_server import SECONDS, SHOP, ShopServer, level, pay, reserve, serving_shop
from support.valkey import Valkey, running_valkey
from support.waiting import until_told

SCARCE, SCARCE_UNITS = "D-2", 3
MANY, MANY_UNITS = "B-2", 40


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.new_database())


@pytest.fixture
def served(database_url: str, valkey: Valkey, tmp_path: Path) -> Iterator[ShopServer]:
    with serving_shop(tmp_path, database_url, valkey.url) as shop:
        yield shop


@pytest.mark.fault("F25", "200 buyers at once, over two workers, of the last three units; each payment is told ten times")
async def test_a_crowd_for_the_last_units(served: ShopServer) -> None:
    async with served.client() as client:
        answers = await asyncio.gather(*(reserve(client, SCARCE, f"buyer-{number}") for number in range(200)))
        assert sorted(one.status_code for one in answers) == [201] * SCARCE_UNITS + [409] * (200 - SCARCE_UNITS)
        won = [one.json() for one in answers if one.status_code == 201]
        assert await level(client, SCARCE) == (0, SCARCE_UNITS, 0)
        told = await asyncio.gather(*(pay(client, one, f"evt-{one['id']}") for one in won for _ in range(10)))
        assert {one.status_code for one in told} == {200}
        assert sum(not one.json()["is_duplicate"] for one in told) == SCARCE_UNITS
        assert await level(client, SCARCE) == (0, 0, SCARCE_UNITS)


@pytest.mark.fault("F02", "kill -9 of a worker, again and again, under load: callers ask again with their keys, one effect each")
async def test_a_worker_is_killed(served: ShopServer) -> None:
    async def killing() -> None:
        for _ in range(3):
            await asyncio.sleep(0.3)
            with contextlib.suppress(ProcessLookupError, IndexError):
                served.kill_worker()

    async with served.client() as client:
        killer = asyncio.create_task(killing())
        answers = []
        for start in range(0, 60, 12):
            answers += await asyncio.gather(*(reserve(client, MANY, f"buyer-{number}") for number in range(start, start + 12)))
            await asyncio.sleep(0.15)
        await killer
        ids = [one.json()["id"] for one in answers if one.status_code == 201]
        assert len(ids) == len(set(ids)) == MANY_UNITS
        again = [await reserve(client, MANY, f"buyer-{number}") for number in range(60)]
        assert [one.content for one in again] == [one.content for one in answers]
        await until_told(lambda: _is_level(client, MANY, (0, MANY_UNITS, 0)))


async def _is_level(client: httpx2.AsyncClient, sku: str, expected: tuple[int, int, int]) -> bool:
    await asyncio.sleep(0.05)  # who asks faster is refused: the API has limits
    return await level(client, sku) == expected


@pytest.mark.fault("F20", "PostgreSQL crashes under load and comes back: callers wait, nothing is lost or doubled")
async def test_postgresql_crashes(valkey: Valkey, tmp_path: Path) -> None:
    with running_postgres() as server, serving_shop(tmp_path, server.url(server.new_database()), valkey.url) as served:
        refused: list[int] = []

        async def crashing() -> None:
            for _ in range(2):
                await asyncio.sleep(0.3)
                await asyncio.to_thread(server.stop, "immediate")
                with contextlib.suppress(Exception):
                    answer = await client.get("/api/reservations/r_unknown")
                    refused.append(answer.status_code)
                    assert answer.headers.get("retry-after") or answer.status_code < 500
                await asyncio.to_thread(server.start)

        async with served.client() as client:
            crash = asyncio.create_task(crashing())
            answers = []
            for start in range(0, 60, 12):
                buyers = (reserve(client, MANY, f"buyer-{number}") for number in range(start, start + 12))
                answers += await asyncio.gather(*buyers)
                await asyncio.sleep(0.2)
            await crash
            healed = time.monotonic()
            await until_told(lambda: _is_level(client, MANY, (0, MANY_UNITS, 0)))
            assert time.monotonic() - healed < 5
            ids = [one.json()["id"] for one in answers if one.status_code == 201]
            assert len(ids) == len(set(ids)) == MANY_UNITS
        assert refused
        assert set(refused) <= {503, 404}


@pytest.mark.fault("F06", "Valkey dies under load and comes back empty: the shop goes on, and no page is older than a sale")
async def test_valkey_dies(tmp_path: Path) -> None:
    with running_valkey() as server, serving_shop(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}", server.url) as served:
        async with served.client() as client:
            for number in range(20):
                if number == 5:
                    server.kill()
                if number == 15:
                    server.start()
                answer = await client.post(
                    "/api/reservations", json={"sku": MANY, "quantity": 1}, headers={"idempotency-key": f"buyer-{number}"}
                )
                assert answer.status_code in (201, 503), answer.text
                if answer.status_code == 503:
                    answer = await reserve(client, MANY, f"buyer-{number}")
                assert answer.status_code == 201
                found = [await level(client, MANY) for _ in range(2)]
                assert found == [(MANY_UNITS - number - 1, number + 1, 0)] * 2


@pytest.mark.fault("F04", "a process dies between its commit and what it had to revalidate: others see the change within seconds")
async def test_a_change_that_nobody_told(served: ShopServer, database_url: str) -> None:
    async with served.client() as client:
        assert await level(client, MANY) == (MANY_UNITS, 0, 0)
        assert die_before_telling(database_url, MANY, 5) == 9
        started = time.monotonic()
        await until_told(lambda: _is_level(client, MANY, (MANY_UNITS + 5, 0, 0)))
        assert time.monotonic() - started < 4


def die_before_telling(database_url: str, sku: str, quantity: int) -> int:
    """Let a process change the stock that has no time to say so; give how it ended."""
    program = Path(__file__).parent / "programs" / "dying.py"
    command = [sys.executable, program, database_url, sku, str(quantity)]
    environment = os.environ | {"PYTHONPATH": str(SHOP)}
    return subprocess.run(command, env=environment, check=False, timeout=SECONDS).returncode


@pytest.mark.fault(
    "F22", "100 callers at a server with few connections, of which others hold most: they queue, then 503, then it heals"
)
async def test_connections_run_out(valkey: Valkey, tmp_path: Path) -> None:
    few = {"DATABASE_WRITERS": "2", "DATABASE_READERS": "2", "DATABASE_QUEUE_SECONDS": "1"}
    # Superusers, as the shop is one here, may use those that are reserved for them too.
    with running_postgres(max_connections="12") as server:
        url = server.url(name := server.new_database())
        with serving_shop(tmp_path, url, valkey.url, **few) as served, contextlib.ExitStack() as others:
            async with served.client() as client:
                assert await level(client, MANY) == (MANY_UNITS, 0, 0)
                take_all_connections(server, name, others)
                callers = asyncio.gather(*(order_once(client, f"buyer-{number}") for number in range(100)))
                asked = time.monotonic()
                assert (await client.get("/healthz")).status_code == 200
                assert time.monotonic() - asked < 5
                answers = await callers
                assert 503 in {one.status_code for one in answers} <= {201, 409, 503}
                assert all(one.headers["retry-after"] for one in answers if one.status_code == 503)
                others.close()
                again = await asyncio.gather(*(reserve(client, MANY, f"buyer-{number}") for number in range(100)))
                assert sum(one.status_code == 201 for one in again) == MANY_UNITS
                await until_told(lambda: _is_level(client, MANY, (0, MANY_UNITS, 0)))


def take_all_connections(server: Postgres, database: str, others: contextlib.ExitStack) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            others.enter_context(server.connect(database))


async def order_once(client: httpx2.AsyncClient, key: str) -> httpx2.Response:
    return await client.post("/api/reservations", json={"sku": MANY, "quantity": 1}, headers={"idempotency-key": key})


@pytest.mark.fault("F23", "another program holds a product's row for longer than anyone waits: 503, and other products sell")
async def test_a_foreign_lock(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> None:
    name = postgres.new_database()
    with serving_shop(tmp_path, postgres.url(name), valkey.url, DATABASE_LOCK_SECONDS="0.5") as served:
        async with served.client() as client:
            assert await level(client, SCARCE) == (SCARCE_UNITS, 0, 0)
            with postgres.connect(name) as holder, holder.transaction():
                holder.execute("SELECT 1 FROM products WHERE sku = 'D-2' FOR UPDATE")
                blocked = client.post("/api/reservations", json={"sku": SCARCE, "quantity": 1})
                free = client.post("/api/reservations", json={"sku": MANY, "quantity": 1})
                answers = await asyncio.gather(blocked, free)
                assert [one.status_code for one in answers] == [503, 201]
                assert answers[0].headers["retry-after"]
            assert (await client.post("/api/reservations", json={"sku": SCARCE, "quantity": 1})).status_code == 201
