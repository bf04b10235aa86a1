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
    react: Annotated[bool, typer.Option("--react", help="A form in React 19, with Vite and TypeScript.")] = False,  # noqa: FBT002  typer's protocol
    postgres: Annotated[bool, typer.Option("--postgres", help="Keep the data in PostgreSQL, not in SQLite.")] = False,  # noqa: FBT002
) -> None:
    """Start a project: a page, an action, a service, a route handler, and their tests."""
    target = Path(name)
    # What "." is called, its absolute path says.
    overlays = [overlay for overlay, is_wanted in (("postgres", postgres), ("react", react)) if is_wanted]
    written = scaffold(target, checked_name(target.absolute().name), overlays)
    typer.echo(f"Made {target.absolute().name}, {len(written)} files. Next:\n")
    for command in _next_commands(target, with_npm=react):
        typer.echo(f"  {command}")


def _next_commands(target: Path, *, with_npm: bool) -> Iterator[str]:
    if target != Path():
        yield f"cd {_quoted(str(target))}"
    yield 'pip install -e ".[dev]"'
    if with_npm:
        yield "npm install && npm run build"
    yield "twofold dev"


def _quoted(path: str) -> str:
    # What is started on Windows is no POSIX shell, and reads other quotes.
    return f'"{path}"' if os.name == "nt" else shlex.quote(path)
