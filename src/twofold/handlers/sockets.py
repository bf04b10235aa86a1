"""WebSocket handlers: `async def WEBSOCKET(socket: WebSocket, ...)` in a route module."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from twofold.answering import raised
from twofold.binding import Binder
from twofold.boundary import Where
from twofold.call import Call
from twofold.calling import place_of
from twofold.errors import Failure, Redirect
from twofold.handlers.declarations import Declarations, declarations_of
from twofold.limiting import limits_of
from twofold.responses import as_failure, failure_response, redirection
from twofold.settings import Setup

NORMAL = 1000
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
        declared = declarations_of(function)
        if replace(declared, is_same_origin=False) != Declarations() or limits_of(function):
            raise Where.of(function).refuse("a socket knows no declaration but @same_origin", "Check in the handler")
        self.function = function
        self.place = place_of(function)
        self.binder = Binder(function, path_names, has_socket=True)

    async def __call__(self, call: Call) -> None:
        """Hold the conversation of `call.socket`."""
        socket = call.socket
        if socket is None:
            raise Where.of(self.function).refuse("it was called without a socket", "Open one")
        try:
            call.check_origin("handler")
            async with AsyncExitStack() as stack:
                await self.function(**await self.binder.values(call, stack, socket=socket))
            await _close(socket, NORMAL)
        except WebSocketDisconnect:
            return
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            found = raised(error)
            answered = redirection(found) if isinstance(found, Redirect) else failure_response(as_failure(found, call), call)
            if socket.application_state is WebSocketState.CONNECTING:
                await refuse_handshake(call, answered)
            else:
                await _close(socket, POLICY_VIOLATION if isinstance(found, Failure) else INTERNAL_ERROR)


def handshake(socket: WebSocket, setup: Setup, path: bytes) -> Call:
    """Give a handshake as the call that it is: a GET without content.

    Source: RFC 6455 section 4.1.
    """
    call = Call({**socket.scope, "type": "http", "method": "GET"}, _no_content, setup, path)
    call.socket = socket
    return call


async def _no_content() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def refuse_handshake(call: Call, response: Response) -> None:
    """Answer a handshake that does not become a conversation: with the response where the server can send one."""
    socket = call.socket
    if socket is None:
        return
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(response)
    else:
        await socket.close(POLICY_VIOLATION)


async def _close(socket: WebSocket, code: int) -> None:
    """Close a conversation that neither side has closed."""
    states = (socket.client_state, socket.application_state)
    if WebSocketState.DISCONNECTED not in states and WebSocketState.RESPONSE not in states:
        with suppress(WebSocketDisconnect):  # it left at the same moment
            await socket.close(code)
