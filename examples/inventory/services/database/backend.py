"""What the door needs to know of one kind of database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class Backend:
    """The connections to one database.

    Attributes:
        migrator: its transactions keep other migrators out until they end.
        writer: its transactions may write.
        reader: its transactions see one snapshot and may not write.
        is_unavailable: tells the state of the machine, in which a later try may succeed, from a mistake of the program.
        file: where the data is, if that is a file.
    """

    migrator: AsyncEngine
    writer: AsyncEngine
    reader: AsyncEngine
    is_unavailable: Callable[[exc.DBAPIError], bool]
    file: Path | None = None

    async def close(self) -> None:
        """Close all connections."""
        for engine in (self.reader, self.writer, self.migrator):
            await engine.dispose()
