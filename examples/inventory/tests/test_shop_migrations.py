"""The migrations make the schema that the code expects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from shop_databases import Shops
from shop_world import go, next_line, start
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.database import ALEMBIC_INI, Database
from services.seed import SEEDS, seed
from services.tables import Base


@pytest.fixture
async def empty(shops: Shops) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(shops.empty())
    yield engine
    await engine.dispose()


def checks(connection: Connection) -> dict[str, set[tuple[str | None, str]]]:
    """The CHECK constraints by table: autogenerate does not compare them."""
    inspector = inspect(connection)
    return {
        table: {(check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)}
        for table in Base.metadata.tables
    }


async def test_the_migrated_schema_is_the_declared_one(shop_url: str, empty: AsyncEngine) -> None:
    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    migrated = create_async_engine(shop_url)
    async with migrated.connect() as old, empty.begin() as new:
        await new.run_sync(Base.metadata.create_all)
        assert await old.run_sync(differences) == []
        assert await old.run_sync(checks) == await new.run_sync(checks)
    await migrated.dispose()


async def test_the_migrations_can_be_undone_and_redone(empty: AsyncEngine) -> None:
    def run(connection: Connection) -> list[list[str]]:
        config = Config(ALEMBIC_INI)
        config.attributes["connection"] = connection
        seen = []
        for step, target in ((command.upgrade, "head"), (command.downgrade, "base"), (command.upgrade, "head")):
            step(config, target)
            seen.append(sorted(inspect(connection).get_table_names()))
        return seen

    tables = sorted([*Base.metadata.tables, "alembic_version"])
    async with empty.begin() as connection:
        assert await connection.run_sync(run) == [tables, ["alembic_version"], tables]


async def test_the_folder_of_the_database_is_created(tmp_path: Path) -> None:
    path = tmp_path / "new" / "data" / "shop.db"
    db = Database(f"sqlite+aiosqlite:///{path}")
    await db.migrate()
    await db.migrate()
    await db.close()
    assert path.exists()


async def test_seeding_again_keeps_the_stock(shop_url: str) -> None:
    db = Database(shop_url)
    async with db.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE products SET available = 0, sold = initial")
        await connection.exec_driver_sql(f"DELETE FROM products WHERE sku = '{SEEDS[0].sku}'")
    await seed(db)
    async with db.read() as session:
        connection = await session.connection()
        rows = (
            await connection.exec_driver_sql("SELECT sku, CASE WHEN sold > 0 THEN 1 ELSE 0 END FROM products ORDER BY sku")
        ).all()
    await db.close()
    assert [tuple(row) for row in rows] == [(new.sku, int(new is not SEEDS[0])) for new in SEEDS]


def test_processes_that_start_at_once_share_one_migration(shops: Shops) -> None:
    url = shops.empty()
    processes = [start("opener", url) for _ in range(3)]
    for process in processes:
        assert next_line(process) == "ready\n"
    for process in processes:
        go(process)
    answers = [process.communicate(timeout=30)[0] for process in processes]

    assert answers == [f"{len(SEEDS)}\n"] * 3
    assert [process.returncode for process in processes] == [0] * 3
