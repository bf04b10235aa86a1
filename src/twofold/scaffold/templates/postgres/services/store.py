"""Where the notes are kept: a table of PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool
from twofold import StoreUnavailable

from services import database
from services.models import AlreadySaid, Note

CONNECTIONS = 8
"""Of each process, at most."""
SECONDS = 10
"""That a request waits for a connection."""

# Processes that start at once make the table one after the other.
TABLE = """
SELECT pg_advisory_xact_lock(hashtext('notes'));
CREATE TABLE IF NOT EXISTS notes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL, text TEXT NOT NULL, written_at TIMESTAMPTZ NOT NULL, UNIQUE (name, text)
)
"""
INSERT = "INSERT INTO notes (name, text, written_at) VALUES (%s, %s, %s)"
NEWEST = "SELECT name, text, written_at FROM notes ORDER BY id DESC LIMIT %s"

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]

_pools: list[Pool] = []


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Hold connections to the database, and make the table where there is none."""
    with database.running() as url:
        async with _connected(url) as pool:
            _pools.append(pool)
            try:
                async with _transaction() as connection:
                    await connection.execute(TABLE)
                yield
            finally:
                _pools.remove(pool)


async def add(note: Note) -> None:
    """Keep a note.

    Raises:
        AlreadySaid: the same name has left the same words before.
    """
    try:
        async with _transaction() as connection:
            await connection.execute(INSERT, (note.name, note.text, note.written_at))
    except UniqueViolation as error:
        raise AlreadySaid from error


async def newest(limit: int) -> list[Note]:
    """Give the notes, the newest first."""
    async with _transaction() as connection, connection.cursor(row_factory=class_row(Note)) as cursor:
        await cursor.execute(NEWEST, (limit,))
        return await cursor.fetchall()


def _connected(url: str) -> Pool:
    return AsyncConnectionPool(url, min_size=1, max_size=CONNECTIONS, timeout=SECONDS, open=False)


@asynccontextmanager
async def _transaction() -> AsyncIterator[AsyncConnection]:
    try:
        async with _pools[-1].connection() as connection:
            yield connection
    except OperationalError as error:
        # The caller may try again: it is told when, and that nothing is wrong with what it sent.
        raise StoreUnavailable from error
