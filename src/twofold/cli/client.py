"""`twofold client`: an app's actions and route handlers as functions of TypeScript."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import watchfiles

from twofold.cli.finding import AppArgument, find_app, load_twofold_app
from twofold.client import Files, client_files, outdated, write
from twofold.errors import ConfigurationError

OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write to, such as src/actions.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Write nothing; show what is outdated and fail.")]
WatchOption = Annotated[bool, typer.Option("--watch", help="Write again whenever a Python file changes.")]


def client(
    out: OutOption,
    app: AppArgument = None,
    check: CheckOption = False,  # noqa: FBT002  typer's protocol
    watch: WatchOption = False,  # noqa: FBT002
) -> None:
    """Write a typed client in TypeScript: a function for each exported action and each route handler."""
    # The contract is the same in every mode, and writing it takes no secrets.
    os.environ.setdefault("TWOFOLD_ENV", "development")
    directory = Path.cwd()
    name = find_app(app, directory)
    if watch:
        _watch([name, "--out", str(out)], directory)
        return
    wanted = client_files(load_twofold_app(name, directory), out.resolve().name)
    if check:
        _check(wanted, out)
        return
    for path in write(wanted, out):
        typer.echo(f"{'wrote' if path in wanted else 'removed'} {out / path}")


def _check(wanted: Files, out: Path) -> None:
    changes = outdated(wanted, out)
    for path, (before, after) in changes.items():
        lines = difflib.unified_diff(
            (before or "").splitlines(), (after or "").splitlines(), f"{out / path}", f"{out / path} (now)", lineterm="", n=1
        )
        typer.echo("\n".join(lines))
    if changes:
        raise ConfigurationError(f"{len(changes)} files in {out} are outdated; write them again: `twofold client --out {out}`")


def _watch(arguments: Sequence[str], directory: Path) -> None:
    """Write now and after every change, each time in a new process: it imports the app as it is by then."""
    command = [sys.executable, "-m", "twofold.cli", "client", *arguments]
    subprocess.run(command, cwd=directory, check=False)  # noqa: S603  our own command
    for _ in watchfiles.watch(directory, watch_filter=watchfiles.PythonFilter(), raise_interrupt=False):
        subprocess.run(command, cwd=directory, check=False)  # noqa: S603
