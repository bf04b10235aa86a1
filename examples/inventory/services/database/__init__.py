"""The database: read and write transactions, shared by any number of processes.

`database.py` is the door. Behind it are two kinds of database, which keep the same promise in their own ways:

    sqlite.py       one file; a write transaction holds the only write lock from its start
    postgresql.py   one server; a write transaction locks what it changes, always in the same order (`services/locks.py`)
"""

from __future__ import annotations

from services.database.changes import Changes, Unpublished, note_change
from services.database.database import Database
from services.database.limits import Limits
from services.database.migrating import ALEMBIC_INI
from services.database.urls import DEFAULT_URL, url_from

__all__ = ["ALEMBIC_INI", "DEFAULT_URL", "Changes", "Database", "Limits", "Unpublished", "note_change", "url_from"]
