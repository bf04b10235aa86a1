"""What all tests share. The fixtures `client` and `page` come with Twofold: they visit the app of pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from services import database


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a PostgreSQL for the tests alone."""
    with database.local(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(autouse=True)
def empty_wall(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a wall of its own."""
    monkeypatch.setenv("DATABASE_URL", server)
    with psycopg.connect(server) as connection:
        connection.execute("DROP TABLE IF EXISTS notes")
