"""Where the notes are kept: a file of SQLite, which Python brings along. `NOTES_FILE` says where it is."""

from __future__ import annotations

import os
import sqlite3
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path

from services.models import AlreadySaid, Note

TABLE = """
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, written_at TEXT NOT NULL, UNIQUE (name, text)
)
"""
INSERT = "INSERT INTO notes (name, text, written_at) VALUES (?, ?, ?)"
NEWEST = "SELECT name, text, written_at FROM notes ORDER BY id DESC LIMIT ?"


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Make the table where there is none; there is nothing to close."""
    await to_thread(_prepare)
    yield


async def add(note: Note) -> None:
    """Keep a note.

    Raises:
        AlreadySaid: the same name has left the same words before.
    """
    await to_thread(_add, note)


async def newest(limit: int) -> list[Note]:
    """Give the notes, the newest first."""
    return await to_thread(_newest, limit)


def _prepare() -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _transaction() as connection:
        connection.execute(TABLE)


def _add(note: Note) -> None:
    try:
        with _transaction() as connection:
            connection.execute(INSERT, (note.name, note.text, note.written_at.isoformat()))
    except sqlite3.IntegrityError as error:
        raise AlreadySaid from error


def _newest(limit: int) -> list[Note]:
    with _transaction() as connection:
        rows = connection.execute(NEWEST, (limit,)).fetchall()
    return [Note(name, text, datetime.fromisoformat(written_at)) for name, text, written_at in rows]


@contextmanager
def _transaction() -> Iterator[sqlite3.Connection]:
    # A connection of its own for each: threads cannot share one, and to open one takes microseconds.
    with closing(sqlite3.connect(_file())) as connection, connection:
        yield connection


def _file() -> Path:
    return Path(os.environ.get("NOTES_FILE", "data/notes.db"))
