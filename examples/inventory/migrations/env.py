"""Run migrations: on the connection that `Database.migrate` hands over, or, from the command line, on one of our own."""

from __future__ import annotations

import asyncio
import os
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.columns import Money, UtcDateTime
from services.database.urls import parsed, url_from
from services.tables import Base


def storage_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they store: a migration must not change when they do."""
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=storage_type,
        render_as_batch=True,  # SQLite cannot alter most of a table: batch mode writes a new one and copies
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    engine = create_async_engine(parsed(url_from(os.environ)))
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


handed_over = context.config.attributes.get("connection")
if handed_over is None:
    asyncio.run(run_alone())
else:
    run(handed_over)
