"""Bring a schema up to date on a connection that is open."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

ALEMBIC_INI = Path(__file__).parents[2] / "alembic.ini"


def upgrade(connection: Connection) -> None:
    """Run the migrations that have not run yet."""
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
