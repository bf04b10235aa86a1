"""How much of the database one process may use, and how long it waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from twofold.errors import ConfigurationError

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes and times; each is a variable of the environment too: `DATABASE_` and its name in capitals.

    Attributes:
        writers: connections for write transactions; SQLite has one writer, whatever this says.
        readers: connections for read transactions.
        queue_seconds: how long a transaction waits for a connection of this process.
        lock_seconds: how long it waits for what another transaction has locked.
        statement_seconds: how long one statement may run, and how long an open transaction may do nothing; PostgreSQL only.
        connect_seconds: how long a connection may take to open, 2 at least; PostgreSQL only.
    """

    writers: int = 8
    readers: int = 8
    queue_seconds: float = 20.0
    lock_seconds: float = 5.0
    statement_seconds: float = 10.0
    connect_seconds: int = 3

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ConfigurationError(f"{_variable(field.name)} must be more than 0")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Limits:
        """Read the limits that are set.

        Raises:
            ConfigurationError: one of them is not a number above 0.
        """
        found = {field.name: _variable(field.name) for field in fields(cls) if _variable(field.name) in environ}
        whole = ("writers", "readers", "connect_seconds")
        values: dict[str, Any] = {
            name: _number(int if name in whole else float, variable, environ) for name, variable in found.items()
        }
        return cls(**values)


def _variable(name: str) -> str:
    return f"DATABASE_{name.upper()}"


def _number(kind: Callable[[str], Number], variable: str, environ: Mapping[str, str]) -> Number:
    try:
        return kind(environ[variable])
    except ValueError as error:
        raise ConfigurationError(f"{variable}={environ[variable]!r} is not a number; write it like 8") from error
