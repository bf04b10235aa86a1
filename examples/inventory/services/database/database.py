"""The door to the database: one transaction per call, whichever database it is."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager, nullcontext

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services import outbox
from services.database import postgresql, sqlite
from services.database.changes import KEY, Changes, unpublished
from services.database.limits import Limits
from services.database.migrating import upgrade
from services.database.urls import DEFAULT_URL, SQLITE, parsed
from twofold.errors import StoreUnavailable

log = logging.getLogger("shop.database")


class Database:
    """Transactions on one database.

        async with db.write() as session:     # commits at the end; an exception rolls everything back
            ...

    Args:
        url: `sqlite+aiosqlite:///` and the path of a file, or `postgresql+psycopg://user:password@host/name`.
        limits: how many connections, and how long to wait.
        around_transaction: makes a context that is entered for the duration of each transaction. A web layer
            that caches reads passes its cache's bypass: what a transaction sees may be uncommitted, or
            older than the present, and must not be kept for others.
        publishing: makes a context around each write transaction that gives its `Changes`, and publishes them when
            it ends. A web layer passes the block that collects its cache's revalidations.
        has_outbox: keep what a transaction changes in the table `outbox` until it is published, so that a
            crash in between loses nothing: `leftovers` gives what still is to be published.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        limits: Limits | None = None,
        around_transaction: Callable[[], AbstractContextManager[object]] = nullcontext,
        publishing: Callable[[], AbstractAsyncContextManager[Changes]] = unpublished,
        has_outbox: bool = False,
    ) -> None:
        where = parsed(url)
        dialect = sqlite if where.drivername == SQLITE else postgresql
        self._backend = dialect.backend(where, limits or Limits())
        self._around_transaction = around_transaction
        self._publishing = publishing
        self._write_sessions = async_sessionmaker(self._backend.writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._backend.reader, expire_on_commit=False)
        self.has_outbox = has_outbox
        self.file = self._backend.file

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a write transaction. Lock first (`services/locks.py`), and read the clock behind the lock.

        What the body notes as changed is published after the commit, and not at all when it was rolled back. When a
        COMMIT gets no answer, it may have happened: then it is published too.

        Raises:
            StoreUnavailable: a lock or a connection did not come free in time, or the machine is full or gone.
        """
        kept: list[str] = []
        try:
            async with self._publishing() as changes, self._transaction(changes, kept) as session:
                yield session
        except StoreUnavailable:
            # Only a transaction that was committed has something in the outbox, from where it will be published.
            if not kept:
                raise
            log.warning("What a transaction has changed could not be published; the outbox keeps it")
        else:
            await self._forget_published(kept)

    @asynccontextmanager
    async def _transaction(self, changes: Changes, kept: list[str]) -> AsyncIterator[AsyncSession]:
        with self._around_transaction(), self._machine_faults():
            async with self._write_sessions(info={KEY: changes}) as session:
                try:
                    await session.connection()  # sessions begin lazily; the lock of SQLite is wanted now
                    yield session
                    await session.flush()
                    rows = await outbox.keep(session, changes.tags) if self.has_outbox else ()
                except BaseException:
                    changes.drop()
                    raise
                await session.commit()
            kept += rows

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a read transaction: one snapshot, no waiting for writers, no writing.

        Raises:
            StoreUnavailable: as for `write`.
        """
        with self._around_transaction(), self._machine_faults():
            async with self._read_sessions() as session:
                yield session

    async def leftovers(self) -> Mapping[str, str]:
        """Give what is in the outbox, by id: committed, and perhaps not published."""
        async with self.read() as session:
            return await outbox.kept(session)

    async def forget(self, published: Iterable[str]) -> None:
        """Take what has been published out of the outbox."""
        with self._machine_faults():
            async with self._write_sessions.begin() as session:
                await outbox.forget(session, published)

    async def _forget_published(self, kept: Sequence[str]) -> None:
        if not kept:
            return
        try:
            await self.forget(kept)
        except StoreUnavailable as error:
            # It is published once more by whoever finds it, which does no harm; the caller's work is committed.
            log.warning("Something published stays in the outbox for now: %s", error)

    async def migrate(self) -> None:
        """Bring the schema up to date; create the file of SQLite and its folder if there are none.

        Safe when several processes start at once: the upgrade is one transaction that keeps others out, so the first
        does the work and the others find it done.
        """
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._machine_faults():
            async with self._backend.migrator.begin() as connection:
                await connection.run_sync(upgrade)
        await self._backend.migrator.dispose()

    async def close(self) -> None:
        """Close all connections."""
        await self._backend.close()

    @contextmanager
    def _machine_faults(self) -> Iterator[None]:
        """Tell a busy or broken machine from a mistake of the program."""
        try:
            yield
        except exc.TimeoutError as error:
            raise StoreUnavailable("all database connections are busy") from error
        except exc.DBAPIError as error:
            if not self._backend.is_unavailable(error):
                raise
            raise StoreUnavailable(f"the database cannot answer: {error.orig}") from error
