"""PostgreSQL: one server, many writers.

Write transactions run at READ COMMITTED and lock what they are about to change, in one order (`services/locks.py`).
What a transaction reads behind its lock is the newest there is and stays true until it commits, as with the one write
lock of SQLite; transactions about different products do not wait for each other. So neither deadlocks nor
serialization failures are part of normal work, and nothing is retried here: a body cannot be run again from outside.
Where one comes up all the same, the caller is told to come back, and its call key makes that safe.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import URL, Connection, event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.database.backend import Backend
from services.database.limits import Limits

UNAVAILABLE_CLASSES = frozenset({"08", "53", "58"})
"""The connection is lost, a resource (disk, memory, connections) is used up, the system fails. Source: PostgreSQL, appendix A"""
UNAVAILABLE_STATES = frozenset(
    {
        "25P03",  # idle_in_transaction_session_timeout
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available
        "57014",  # query_canceled: statement_timeout
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)

MIGRATION_LOCK = 0x54776F66
"""The advisory lock of migrations: any number will do, as long as it is always the same."""
MIGRATION_SECONDS = 60


def backend(url: URL, limits: Limits) -> Backend:
    """Prepare the connections to one server. Readers and writers have pools of their own, so that neither keeps the other out."""
    engine = partial(_engine, url, limits)
    migrator = engine(pool_size=1)
    event.listen(migrator.sync_engine, "begin", _keep_other_migrators_out)
    return Backend(
        migrator=migrator,
        writer=engine(pool_size=limits.writers),
        reader=engine(
            pool_size=limits.readers,
            # One snapshot for all statements of a transaction, and no writing.
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        ),
        is_unavailable=is_unavailable,
    )


def is_unavailable(error: exc.DBAPIError) -> bool:
    """Tell a busy or broken server from a mistake of the program."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # The server has not answered at all: it cannot be reached, or the connection broke.
        return error.connection_invalidated or isinstance(error, exc.OperationalError)
    return state[:2] in UNAVAILABLE_CLASSES or state in UNAVAILABLE_STATES


def _engine(url: URL, limits: Limits, **options: object) -> AsyncEngine:
    return create_async_engine(
        url,
        max_overflow=0,
        pool_timeout=limits.queue_seconds,
        # A connection that a restart of the server has broken is replaced before it is used.
        pool_pre_ping=True,
        connect_args={"connect_timeout": limits.connect_seconds, "options": _session_options(url, limits)},
        **options,
    )


def _session_options(url: URL, limits: Limits) -> str:
    """Write the settings that every session starts with. Without them, one forgotten session could stop everybody for ever."""
    milliseconds = {
        "lock_timeout": limits.lock_seconds,
        "statement_timeout": limits.statement_seconds,
        "idle_in_transaction_session_timeout": limits.statement_seconds,
    }
    ours = " ".join(f"-c {name}={max(1, round(seconds * 1000))}" for name, seconds in milliseconds.items())
    theirs = url.query.get("options", "")
    # The later one wins: what the URL says is said on purpose.
    return f"{ours} {theirs if isinstance(theirs, str) else ' '.join(theirs)}".rstrip()


def _keep_other_migrators_out(connection: Connection) -> None:
    for name in ("lock_timeout", "statement_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = '{MIGRATION_SECONDS}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
