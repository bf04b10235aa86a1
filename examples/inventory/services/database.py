"""The database: read and write transactions on one SQLite file, shared by any number of processes.

SQLite lets one connection write at a time. A transaction that begins by reading and writes later can find
that another has written in between, and fails at once, however long the timeout. So every write transaction
takes the write lock as its first act (`BEGIN IMMEDIATE`): what it reads stays true until it commits.
Write-ahead logging lets readers go on meanwhile, each on its own snapshot.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from twofold.errors import ConfigurationError, StoreUnavailable

DEFAULT_URL = "sqlite+aiosqlite:///./data/shop.db"
ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"

BUSY_TIMEOUT_SECONDS = 5.0
"""How long a transaction waits for another process to release the write lock."""
QUEUE_TIMEOUT_SECONDS = 20.0
"""How long a transaction waits for a connection of this process."""
READERS = 8

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


def url_from(environ: Mapping[str, str]) -> str:
    """Give the database URL of an environment: `DATABASE_URL`, or a file in the folder `data`."""
    return environ.get("DATABASE_URL", DEFAULT_URL)


class Database:
    """Transactions on one SQLite file.

        async with db.write() as session:     # commits at the end; an exception rolls everything back
            ...

    Args:
        url: `sqlite+aiosqlite:///` and the path of a file.
        around_transaction: makes a context that is entered for the duration of each transaction. A web layer
            that caches reads passes its cache's bypass: what a transaction sees may be uncommitted, or
            older than the present, and must not be kept for others.
        busy_timeout_seconds: how long to wait for a writer in another process.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        around_transaction: Callable[[], AbstractContextManager[object]] = nullcontext,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    ) -> None:
        self.path = _file_of(make_url(url))
        self._around_transaction = around_transaction
        take_write_lock = partial(_take_write_lock, timeout_seconds=busy_timeout_seconds)
        # Foreign keys are not enforced while a migration copies a table.
        self._migrator = _engine(url, take_write_lock, DURABLE_PRAGMAS, pool_size=1)
        # One connection, because SQLite has one writer: here writers queue in order, in SQLite they would poll.
        self._writer = _engine(url, take_write_lock, WRITER_PRAGMAS, pool_size=1)
        self._reader = _engine(url, _take_snapshot, READER_PRAGMAS, pool_size=READERS)
        self._write_sessions = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._reader, expire_on_commit=False)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a write transaction. It holds the write lock from the start: read the clock inside.

        Raises:
            StoreUnavailable: the lock did not come free in time, or the disk is full or gone.
        """
        with self._around_transaction(), _machine_faults():
            async with self._write_sessions.begin() as session:
                await session.connection()  # sessions begin lazily; the lock is wanted now
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a read transaction: one snapshot, no waiting for writers, no writing.

        Raises:
            StoreUnavailable: as for `write`.
        """
        with self._around_transaction(), _machine_faults():
            async with self._read_sessions() as session:
                yield session

    async def migrate(self) -> None:
        """Bring the schema up to date; create file and folder if there are none.

        Safe when several processes start at once: the upgrade is one write transaction, so the first does
        the work and the others find it done.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _machine_faults():
            async with self._migrator.begin() as connection:
                await connection.run_sync(_upgrade)
        await self._migrator.dispose()

    async def close(self) -> None:
        """Close all connections."""
        for engine in (self._reader, self._writer, self._migrator):
            await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _file_of(url: URL) -> Path:
    if url.drivername != "sqlite+aiosqlite":
        raise ConfigurationError(f"DATABASE_URL: {url.drivername} is not supported; write sqlite+aiosqlite:///./data/shop.db")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError("DATABASE_URL names no file; write sqlite+aiosqlite:///./data/shop.db")
    return Path(url.database)


def _take_snapshot(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: Connection, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except exc.OperationalError as error:
            if _sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        else:
            return


def _engine(url: str, begin: Callable[[Connection], None], pragmas: Sequence[str], *, pool_size: int) -> AsyncEngine:
    """Make an engine whose transactions begin as told.

    Source: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    """
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=QUEUE_TIMEOUT_SECONDS)
    event.listen(engine.sync_engine, "begin", begin)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin on its own, and too late
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
        # A cancelled task leaves its statement open. SQLite puts off the closing of such a connection, and with it
        # the end of the transaction: the write lock would stay taken. Source: https://www.sqlite.org/c3ref/close.html
        connection.rollback()

    return engine


@contextmanager
def _machine_faults() -> Iterator[None]:
    """Tell a busy or broken machine from a mistake in the program."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreUnavailable("all database connections are busy") from error
    except exc.OperationalError as error:
        if _sqlite_code(error) not in UNAVAILABLE_CODES:
            raise
        raise StoreUnavailable(f"the database cannot answer: {error.orig}") from error


def _sqlite_code(error: exc.OperationalError) -> int:
    """Give the primary result code: the low byte of the extended one."""
    return int(getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
