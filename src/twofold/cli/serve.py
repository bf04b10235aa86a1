"""`twofold serve`: the app in production."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from starlette.types import ASGIApp

from twofold.app import App
from twofold.cli.draining import Draining
from twofold.cli.finding import AppArgument, find_app, load_app
from twofold.cli.logs import set_up_logs
from twofold.cli.server import Server, configured, listen, url_of
from twofold.cli.unsafe import unsafe
from twofold.errors import ConfigurationError
from twofold.settings import Settings
from twofold.wire_guard import WireGuard

GRACE_SECONDS = 20
"""Ten less than what container platforms commonly wait before they kill: the app's own stop needs time too."""

CONNECTIONS = 1000
"""Below the 1,024 files that a process may usually open."""

log = logging.getLogger("twofold")


def serve(
    app: AppArgument = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 8000,
    connections: Annotated[int, typer.Option(min=1, help="Open at once; more are answered 503.")] = CONNECTIONS,
    grace_seconds: Annotated[int, typer.Option(min=0, help="For running requests, after SIGTERM.")] = GRACE_SECONDS,
    access_log: Annotated[bool, typer.Option(help="Log every request.")] = True,  # noqa: FBT002  typer's protocol
) -> None:
    """Serve the app in production; refuses settings that are not safe."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    set_up_logs("%(asctime)s %(levelname)s %(name)s: %(message)s")
    name = find_app(app, Path.cwd())
    served = _started(load_app(name, Path.cwd()), name)
    listener = listen(host, port)
    config = configured(
        Draining(WireGuard(served)),
        lifespan="on" if isinstance(served, App) else "auto",
        access_log=access_log,
        limit_concurrency=connections,
        timeout_graceful_shutdown=grace_seconds,
    )
    log.info("serving %s on %s", name, url_of(listener))
    with listener:
        Server(config).run(sockets=[listener])


def _started(app: ASGIApp, name: str) -> ASGIApp:
    """Start the app, unless its settings are unsafe.

    Raises:
        ConfigurationError: with every reason and its remedy.
    """
    # A Twofold app inside another one reads the same environment.
    refusals = unsafe(app.settings if isinstance(app, App) else Settings.load())
    if refusals:
        raise ConfigurationError("\n  ".join([f"{name} is not safe to serve:", *map(str, refusals)]))
    if isinstance(app, App):
        app.start()
    return app


def _exit(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  the signal protocol
    # uvicorn raises the signal again once it has drained. Its default would end the process at once; this runs what is
    # registered to run at exit, and tells the supervisor of success.
    raise SystemExit(0)
