"""WebSocket handlers: `async def WEBSOCKET(socket: WebSocket, ...)` in a route module."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from twofold.answering import raised
from twofold.binding import Binder
from twofold.boundary import Where
from twofold.call import Call
from twofold.calling import place_of
from twofold.errors import Failure
from twofold.responses import as_failure

POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
"""Close codes. Source: RFC 6455 section 7.4.1."""


class SocketHandler:
    """A compiled WebSocket handler.

    A page of another site may open a socket with the visitor's cookies, and no preflight asks first: the origin
    decision is made before every handshake.
    """

    def __init__(self, function: Callable[..., Any], path_names: Collection[str]) -> None:
        if not inspect.iscoroutinefunction(function):
            raise Where.of(function).refuse("a WebSocket handler is not async", "Write `async def WEBSOCKET(socket: WebSocket)`")
        self.function = function
        self.place = place_of(function)
        self.binder = Binder(function, path_names)

    async def __call__(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the conversation."""
        socket = WebSocket(scope, receive, send)
        try:
            call.check_origin("handler")
            async with AsyncExitStack() as stack:
                await self.function(**await self.binder.values(call, stack, socket=socket))
        except WebSocketDisconnect:
            return
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            found = raised(error)
            if isinstance(found, Exception):
                as_failure(found, call)
            await _close(socket, POLICY_VIOLATION if isinstance(found, Failure) else INTERNAL_ERROR)


async def _close(socket: WebSocket, code: int) -> None:
    try:
        await socket.close(code)
    except RuntimeError:
        return  # the handler had closed it already
