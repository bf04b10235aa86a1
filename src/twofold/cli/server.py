"""uvicorn as Twofold runs it: on a socket that is open before the app is, and stopping in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from twofold.cli.draining import Draining
from twofold.cli.line import ALIVE, READY
from twofold.errors import ConfigurationError

try:
    from twofold.cli.protocol import WireProtocol
except ModuleNotFoundError:  # httptools has no wheel for every platform
    HTTP: Any = "h11"
else:
    HTTP = WireProtocol

BACKLOG = 2048


def _tell_nobody(sign: bytes) -> None: ...


class Server(uvicorn.Server):
    """A uvicorn server that tells how it is, and stops in order.

    Args:
        drain_seconds: how long it goes on when it is told to stop, while `/readyz` says that it will.
        tell: gets `READY` and `ALIVE`.
    """

    def __init__(self, config: uvicorn.Config, *, drain_seconds: float = 0, tell: Callable[[bytes], None] = _tell_nobody) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._tell = tell
        self._is_replaced = False

    def stop(self) -> None:
        """Stop as after a signal; may be called from another thread."""
        self._is_replaced = False
        self.should_exit = True

    def retire(self) -> None:
        """Stop because others serve the same socket: no client that is connected notices. May be called from another thread."""
        self._is_replaced = not self.should_exit
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order, and at the second signal at once."""
        if self._captured_signals:
            self.force_exit = True
        self.stop()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app and serve."""
        await super().startup(sockets)
        if self.started:
            self._tell(READY)

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether it is time to stop."""
        if counter % 10 == 0:
            self._tell(ALIVE)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what runs come to its end, then stop the app."""
        watching = asyncio.ensure_future(self._watch())
        try:
            await self._leave(sockets or [])
            await super().shutdown(sockets)
        finally:
            watching.cancel()

    async def _leave(self, sockets: list[socket.socket]) -> None:
        app = self.config.loaded_app
        if not isinstance(app, Draining):
            return
        app.leave()
        if not self._is_replaced:
            await self._wait(self._drain_seconds, lambda: self.force_exit)
            app.begin()
            return
        # What is idle is left to its keep-alive timeout. To close it now would cut off the request that is on its way.
        for server in self.servers:
            server.close()
        for one in sockets:
            one.close()
        app.begin()
        seconds = self.config.timeout_keep_alive + 1
        await self._wait(seconds, lambda: not self._is_replaced or not self.server_state.connections)

    async def _wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while clock() < until and not is_over():  # noqa: ASYNC110  uvicorn's own facts have no events
            await asyncio.sleep(0.05)

    async def _watch(self) -> None:
        while True:
            self._tell(ALIVE)
            if self.force_exit:
                for connection in list(self.server_state.connections):
                    connection.transport.abort()
            await asyncio.sleep(0.1)


def configured(app: ASGIApp | Callable[[], ASGIApp], **options: Any) -> uvicorn.Config:
    """Give uvicorn's configuration: nothing of what a client sends changes what the app is told about it.

    Args:
        options: more of uvicorn's own.
    """
    return uvicorn.Config(
        app, interface="asgi3", http=HTTP, log_config=None, proxy_headers=False, server_header=False, backlog=BACKLOG, **options
    )


def listen(host: str, port: int) -> socket.socket:
    """Open the socket: from here on requests wait instead of being refused.

    Args:
        port: 0 for any that is free.

    Raises:
        ConfigurationError: the address is not there, or taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror or error}. Stop what listens there, or choose another --port"
        ) from None


def url_of(listener: socket.socket) -> str:
    """Give the URL of what listens on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
