"""One process that serves an app: alone, or as one of several workers."""

from __future__ import annotations

import gc
import json
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from starlette.types import ASGIApp

from twofold.app import App
from twofold.cli.access import Access
from twofold.cli.draining import Draining
from twofold.cli.finding import load_app
from twofold.cli.logs import LogFormat
from twofold.cli.server import Server, configured
from twofold.cli.unsafe import unsafe, unshared
from twofold.errors import ConfigurationError
from twofold.health import Health
from twofold.proxies import TrustedProxies
from twofold.settings import Settings
from twofold.wire_guard import WireGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an app is served. It travels to workers as JSON.

    Args:
        app: its name, from `find_app`.
        workers: how many processes serve it.
        connections: open at once, in each of them.
    """

    app: str
    workers: int
    connections: int
    grace_seconds: int
    drain_seconds: int
    keep_alive_seconds: int
    access_log: bool
    log_query: bool
    log_format: LogFormat

    def to_json(self) -> str:
        """Give it as `from_json` reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Options:
        """Read what `to_json` gave."""
        found = json.loads(text)
        return cls(**{**found, "log_format": LogFormat(found["log_format"])})

    @property
    def stop_seconds(self) -> int:
        """How long a process that stops in order may take: the app's own stop included."""
        return self.drain_seconds + self.keep_alive_seconds + self.grace_seconds + 10


def server_for(options: Options, tell: Callable[[bytes], None] | None = None) -> Server:
    """Import an app, start it, and put what guards it around it.

    Args:
        tell: gets the signs of the server.

    Raises:
        ConfigurationError: with every reason why it must not be served, and the remedies.
    """
    app, settings = _started(options)
    named = Access(
        WireGuard(Health(app)),
        TrustedProxies.parse(settings.trusted_proxies),
        is_logged=options.access_log,
        has_query=options.log_query,
    )
    config = configured(
        Draining(named),
        lifespan="on" if isinstance(app, App) else "auto",
        access_log=False,
        limit_concurrency=options.connections,
        timeout_keep_alive=options.keep_alive_seconds,
        timeout_graceful_shutdown=options.grace_seconds,
    )
    told = {} if tell is None else {"tell": tell}
    return Server(config, drain_seconds=options.drain_seconds, **told)


def _started(options: Options) -> tuple[ASGIApp, Settings]:
    """Import an app and start it. What is there by then stays, so that no collection of garbage looks through it again."""
    gc.disable()
    try:
        app = load_app(options.app, Path.cwd())
        settings = app.settings if isinstance(app, App) else Settings.load()
        _start(app, settings, options)
        gc.freeze()
    finally:
        gc.enable()
    return app, settings


def _start(app: ASGIApp, settings: Settings, options: Options) -> None:
    refusals = unsafe(settings)
    if not refusals:
        if isinstance(app, App):
            app.start()
        # Another app may have a Twofold app inside, which reads the same environment.
        are_shared = app.stores.are_shared if isinstance(app, App) else bool(settings.redis_url)
        refusals = unshared(options.workers, are_shared=are_shared)
    if refusals:
        raise ConfigurationError("\n  ".join([f"{options.app} is not safe to serve:", *map(str, refusals)]))


def exit_on_signals() -> None:
    """Exit with success at the signals that tell a server to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  the signal protocol
    # uvicorn raises the signal again once it has drained. Its default would end the process at once; this runs what is
    # registered to run at exit, and tells whoever started it of success.
    raise SystemExit(0)
