"""`twofold new`: a project that runs, passes its own tests, and is there to be changed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from twofold.scaffold import checked_name, scaffold


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the project and its folder; a path before it says where.")],
) -> None:
    """Start a project: a page, an action, a service, a route handler, and their tests."""
    target = Path(name)
    # What "." is called, its absolute path says.
    written = scaffold(target, checked_name(target.absolute().name))
    typer.echo(f"Made {target.absolute().name}, {len(written)} files. Next:\n")
    for command in _next_commands(target):
        typer.echo(f"  {command}")


def _next_commands(target: Path) -> Iterator[str]:
    if target != Path():
        yield f"cd {_quoted(str(target))}"
    yield 'pip install -e ".[dev]"'
    yield "twofold dev"


def _quoted(path: str) -> str:
    # What is started on Windows is no POSIX shell, and reads other quotes.
    return f'"{path}"' if os.name == "nt" else shlex.quote(path)
