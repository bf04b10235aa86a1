"""`twofold serve`: the app in production."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from twofold.cli.crew import Crew
from twofold.cli.embedded import embedded_store
from twofold.cli.finding import AppArgument, find_app
from twofold.cli.logs import LogFormat, formatter_for, set_up_logs
from twofold.cli.server import listen, url_of
from twofold.cli.serving import Options, exit_on_signals, server_for
from twofold.cli.supervisor import Supervisor
from twofold.cli.workers import start_worker
from twofold.errors import ConfigurationError

GRACE_SECONDS = 20
"""Ten less than what container platforms commonly wait before they kill: the app's own stop needs time too."""

KEEP_ALIVE_SECONDS = 5
HUNG_SECONDS = 60
START_SECONDS = 120

CONNECTIONS = 1000
"""Below the 1,024 files that a process may usually open."""

STORE_VARIABLE = "TWOFOLD_REDIS_URL"

log = logging.getLogger("twofold")


def serve(  # noqa: PLR0913, PLR0917  each is an option of the command line
    app: AppArgument = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; several need stores that they share.")] = 1,
    embedded_store: Annotated[bool, typer.Option(help="Run a Valkey server that the workers share.")] = False,  # noqa: FBT002  typer's protocol
    connections: Annotated[int, typer.Option(min=1, help="Open at once, in each process; more are answered 503.")] = CONNECTIONS,
    grace_seconds: Annotated[int, typer.Option(min=0, help="For running requests, after SIGTERM.")] = GRACE_SECONDS,
    drain_seconds: Annotated[int, typer.Option(min=0, help="Before that: serve on, with /readyz saying 503.")] = 0,
    keep_alive_seconds: Annotated[int, typer.Option(min=1, help="For a connection without requests.")] = KEEP_ALIVE_SECONDS,
    start_seconds: Annotated[int, typer.Option(min=0, help="For a worker to be ready; 0 for ever.")] = START_SECONDS,
    hung_seconds: Annotated[int, typer.Option(min=0, help="Without a sign of a worker before it is killed.")] = HUNG_SECONDS,
    access_log: Annotated[bool, typer.Option(help="Log every request.")] = True,  # noqa: FBT002  typer's protocol
    log_query: Annotated[bool, typer.Option(help="With what follows the path.")] = False,  # noqa: FBT002  typer's protocol
    log_format: Annotated[LogFormat, typer.Option(help="Lines for people or for machines.")] = LogFormat.TEXT,
) -> None:
    """Serve the app in production; refuses settings that are not safe."""
    exit_on_signals()
    has_workers = workers > 1 or embedded_store
    set_up_logs(formatter_for(log_format, has_workers=has_workers))
    options = Options(
        app=find_app(app, Path.cwd()), workers=workers, connections=connections, grace_seconds=grace_seconds,
        drain_seconds=drain_seconds, keep_alive_seconds=keep_alive_seconds, access_log=access_log, log_query=log_query,
        log_format=log_format,
    )  # fmt: skip
    if has_workers:
        # Until the supervisor listens to it; its default would end the process.
        signal.signal(signal.SIGHUP, lambda *_: None)
        with listen(host, port) as listener:
            crew = partial(Crew, workers, start_seconds=start_seconds, hung_seconds=hung_seconds)
            raise SystemExit(asyncio.run(_supervise(options, listener, crew, has_store=embedded_store)))
    server = server_for(options)
    with listen(host, port) as listener:
        log.info("serving %s on %s", options.app, url_of(listener))
        server.run(sockets=[listener])


async def _supervise(options: Options, listener: socket.socket, crew: Callable[..., Crew], *, has_store: bool) -> int:
    async with _variables(has_store=has_store) as variables:
        start = partial(start_worker, options, listener, variables)
        told = "serving %s on %s with %d worker" if options.workers == 1 else "serving %s on %s with %d workers"
        supervisor = Supervisor(
            partial(crew, start),
            stop_seconds=options.stop_seconds,
            is_serving=partial(log.info, told, options.app, url_of(listener), options.workers),
        )
        return await supervisor.run()


@asynccontextmanager
async def _variables(*, has_store: bool) -> AsyncIterator[dict[str, str]]:
    """Give what the workers' environment has more than this one's."""
    if not has_store:
        yield {}
        return
    if os.environ.get(STORE_VARIABLE):
        raise ConfigurationError(f"{STORE_VARIABLE} names a store already: leave out --embedded-store, or unset the variable")
    async with embedded_store() as url:
        yield {STORE_VARIABLE: url}
