"""SQLite: one file, one writer at a time.

A transaction that begins by reading and writes later can find that another has written in between, and fails
at once, however long the timeout. So every write transaction takes the write lock as its first act
(`BEGIN IMMEDIATE`): what it reads stays true until it commits.
Write-ahead logging lets readers go on meanwhile, each on its own snapshot.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from services.database.backend import Backend
from services.database.limits import Limits
from services.database.urls import DEFAULT_URL
from twofold.errors import ConfigurationError

UNAVAILABLE_CODES = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)
"""The state of the machine, not of the program: a later try may succeed. Source: https://www.sqlite.org/rescode.html"""

DURABLE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # NORMAL would survive a crash of the process; an acknowledged hold must also survive a power cut.
    "PRAGMA synchronous = FULL",
    # SQLite polls for the lock less and less often, so a process that writes without pause would starve the others.
    # Short waits that begin anew poll often: see `_take_write_lock`.
    "PRAGMA busy_timeout = 50",
)
WRITER_PRAGMAS = (*DURABLE_PRAGMAS, "PRAGMA foreign_keys = ON")
READER_PRAGMAS = ("PRAGMA query_only = ON",)
"""A write in a read transaction would lack the lock: it fails."""


def backend(url: URL, limits: Limits) -> Backend:
    """Prepare the connections to one file.

    Raises:
        ConfigurationError: the URL names no file.
    """
    file = _file_of(url)
    take_write_lock = partial(_take_write_lock, timeout_seconds=limits.lock_seconds)
    engine = partial(_engine, url, limits)
    return Backend(
        # Foreign keys are not enforced while a migration copies a table.
        migrator=engine(take_write_lock, DURABLE_PRAGMAS, pool_size=1),
        # One connection, because SQLite has one writer: here writers queue in order, in SQLite they would poll.
        writer=engine(take_write_lock, WRITER_PRAGMAS, pool_size=1),
        reader=engine(_take_snapshot, READER_PRAGMAS, pool_size=limits.readers),
        is_unavailable=is_unavailable,
        file=file,
    )


def is_unavailable(error: exc.DBAPIError) -> bool:
    """Tell a busy or broken machine from a mistake of the program."""
    return _primary_code(error) in UNAVAILABLE_CODES


def _primary_code(error: exc.DBAPIError | sqlite3.Error) -> int:
    """Give the primary result code: the low byte of the extended one."""
    told = error.orig if isinstance(error, exc.DBAPIError) else error
    return int(getattr(told, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError(f"DATABASE_URL names no file; write {DEFAULT_URL}")
    return Path(url.database)


def _take_snapshot(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: Connection, timeout_seconds: float) -> None:
    _insist(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"), timeout_seconds)


def _insist(attempt: Callable[[], object], timeout_seconds: float) -> None:
    """Try until nobody else is in the way."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            attempt()
        except (exc.OperationalError, sqlite3.OperationalError) as error:
            if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        else:
            return


def _engine(
    url: URL, limits: Limits, begin: Callable[[Connection], None], pragmas: Sequence[str], *, pool_size: int
) -> AsyncEngine:
    """Make an engine whose transactions begin as told.

    Source: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    """
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=limits.queue_seconds)
    event.listen(engine.sync_engine, "begin", begin)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin on its own, and too late
        cursor = connection.cursor()
        for pragma in pragmas:
            # Of several processes that turn on write-ahead logging for a new file, SQLite refuses some at once.
            _insist(partial(cursor.execute, pragma), limits.lock_seconds)
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
        # A cancelled task leaves its statement open. SQLite puts off the closing of such a connection, and with it
        # the end of the transaction: the write lock would stay taken. Source: https://www.sqlite.org/c3ref/close.html
        connection.rollback()

    return engine
