"""uvicorn as Twofold runs it: on a socket that is open before the app is, and stopping in order."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from twofold.cli.draining import Draining
from twofold.errors import ConfigurationError

try:
    from twofold.cli.protocol import WireProtocol
except ModuleNotFoundError:  # httptools has no wheel for every platform
    HTTP: Any = "h11"
else:
    HTTP = WireProtocol

BACKLOG = 2048


class Server(uvicorn.Server):
    """A uvicorn server that ends event streams when it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let what runs come to its end, then stop the app."""
        app = self.config.loaded_app
        if isinstance(app, Draining):
            app.begin()
        await super().shutdown(sockets)


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
