"""A real server on a free loopback port, in the loop of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from support.asgi import AsgiApp


@asynccontextmanager
async def serving(app: AsgiApp, **options: Any) -> AsyncIterator[int]:
    """Serve an app with uvicorn; gives the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # from here on connections wait, so nobody has to wait for the server
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", ws="websockets-sansio", timeout_graceful_shutdown=2, **options
    )
    server = uvicorn.Server(config)
    # _serve, because serve() also takes the signals that belong to the test run.
    running = asyncio.ensure_future(server._serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running
        listener.close()
