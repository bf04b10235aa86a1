"""The commands, and how a failure of theirs is told."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from twofold.cli.check import check
from twofold.cli.client import client
from twofold.cli.dev import dev
from twofold.cli.explain import explain
from twofold.cli.new import new
from twofold.cli.openapi import openapi
from twofold.cli.routes import routes
from twofold.cli.serve import serve
from twofold.cli.webhook import webhook
from twofold.errors import ConfigurationError

commands = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
commands.command()(new)
commands.command()(dev)
commands.command()(serve)
commands.command()(routes)
commands.command()(explain)
commands.command()(openapi)
commands.command()(client)
commands.command()(check)
commands.add_typer(webhook, name="webhook")


def _show_version(is_wanted: bool) -> None:  # noqa: FBT001  typer's protocol
    if is_wanted:
        typer.echo(f"twofold {version('twofold')}")
        raise typer.Exit


@commands.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")] = False,  # noqa: FBT002  typer's protocol
) -> None:
    """Develop, serve and inspect a Twofold app."""


def main() -> None:
    """Run the command line."""
    try:
        commands()
    except ConfigurationError as error:
        sys.stderr.write(f"twofold: {error}\n")
        raise SystemExit(1) from None
