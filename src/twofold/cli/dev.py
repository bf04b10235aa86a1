"""`twofold dev`: the app under development."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from starlette.types import ASGIApp
from uvicorn.supervisors import ChangeReload

from twofold.cli.development import Development, started
from twofold.cli.draining import Draining
from twofold.cli.finding import AppArgument, find_app
from twofold.cli.logs import TextLines, set_up_logs
from twofold.cli.server import Server, configured, is_loopback, listen, url_of
from twofold.wire_guard import WireGuard

WATCHED = ["*.py", "*.html", "*.css", "*.js", "*.toml"]
GRACE_SECONDS = 3
LOG_FORMAT = "%(levelname)s %(message)s"


def dev(
    app: AppArgument = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 8000,
) -> None:
    """Serve the app for development: reloads on change, shows errors, answers this machine only."""
    os.environ["TWOFOLD_ENV"] = "development"
    _set_up_logs()
    directory = Path.cwd()
    name = find_app(app, directory)
    listener = listen(host, port)
    if not is_loopback(host):
        typer.echo(f"Warning: {host} is reachable from other machines, and error pages show source code.", err=True)
    typer.echo(f"Twofold serves {name} on {url_of(listener)} (stop it with Ctrl-C)")
    config = configured(
        partial(under_development, name, directory, host), factory=True, lifespan="on", timeout_graceful_shutdown=GRACE_SECONDS
    )
    # As attributes, because uvicorn takes them as arguments only for an app that it imports itself.
    config.reload_dirs = [directory]
    config.reload_includes = WATCHED
    config.reload_excludes = _unwatched(directory)
    ChangeReload(config, target=Server(config).run, sockets=[listener]).run()


def under_development(name: str, directory: Path, host: str) -> ASGIApp:
    """Make the app that the reloader's process serves."""
    _set_up_logs()
    return Draining(WireGuard(Development(partial(started, name, directory, host))))


def _set_up_logs() -> None:
    set_up_logs(TextLines(LOG_FORMAT), uvicorn_error=logging.WARNING)


def _unwatched(directory: Path) -> list[str]:
    """Give the folders in which nothing is the app's own: hidden ones, virtual environments, and npm's."""
    return [str(one) for one in directory.iterdir() if one.is_dir() and _is_foreign(one)]


def _is_foreign(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name == "node_modules" or (folder / "pyvenv.cfg").exists()
