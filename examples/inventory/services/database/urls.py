"""Which database a URL names."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import URL, exc, make_url

from twofold.errors import ConfigurationError

DEFAULT_URL = "sqlite+aiosqlite:///./data/shop.db"
EXAMPLES = f"{DEFAULT_URL} or postgresql+psycopg://user:password@host/shop"

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+psycopg"
SPELLINGS: Mapping[str, str] = {
    SQLITE: SQLITE,
    POSTGRESQL: POSTGRESQL,
    # What hosting companies hand out.
    "postgresql": POSTGRESQL,
    "postgres": POSTGRESQL,
}


def url_from(environ: Mapping[str, str]) -> str:
    """Give the database URL of an environment: `DATABASE_URL`, or a file in the folder `data`."""
    return environ.get("DATABASE_URL", DEFAULT_URL)


def parsed(url: str) -> URL:
    """Take a URL apart, with the driver that we use.

    Raises:
        ConfigurationError: it names no database that the shop can use. The message never holds the URL: it may hold a password.
    """
    try:
        found = make_url(url)
    except exc.ArgumentError as error:
        raise ConfigurationError(f"DATABASE_URL is not a URL; write {EXAMPLES}") from error
    driver = SPELLINGS.get(found.drivername)
    if driver is None:
        raise ConfigurationError(f"DATABASE_URL: {found.drivername} is not supported; write {EXAMPLES}")
    return found.set(drivername=driver)
