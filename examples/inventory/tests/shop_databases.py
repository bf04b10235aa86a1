"""Databases for tests: as many as are wanted, quickly, of either kind."""

from __future__ import annotations

import asyncio
import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from services.database import Database
from services.shop import Shop
from support.postgres import Postgres


class Shops(Protocol):
    """Where new shops come from."""

    def empty(self) -> str:
        """Give the URL of a database without tables."""
        ...

    def seeded(self) -> str:
        """Give the URL of a database with a new shop in it."""
        ...

    def clear(self) -> None:
        """Remove all of them."""
        ...


class Files:
    """Files of SQLite.

    Args:
        folder: of ours alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._seed = folder / "seed.db"

    def empty(self) -> str:
        return _file_url(self._new())

    def seeded(self) -> str:
        if not self._seed.exists():
            asyncio.run(_open_once(_file_url(self._seed)))
        return _file_url(Path(shutil.copy(self._seed, self._new())))

    def clear(self) -> None:
        for folder in self._folder.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)

    def _new(self) -> Path:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder / "shop.db"


class Servers:
    """Databases of one PostgreSQL server."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._seed: str | None = None
        self._made: list[str] = []

    def empty(self) -> str:
        return self._new("template1")

    def seeded(self) -> str:
        if self._seed is None:
            self._seed = self._server.new_database()
            asyncio.run(_open_once(self._server.url(self._seed)))
        return self._new(self._seed)

    def clear(self) -> None:
        while self._made:
            self._server.drop(self._made.pop())

    def _new(self, template: str) -> str:
        self._made.append(self._server.new_database(template))
        return self._server.url(self._made[-1])


def _file_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def _open_once(url: str) -> None:
    shop = Shop(Database(url), payment_secret="unused")
    await shop.open()
    await shop.close()
