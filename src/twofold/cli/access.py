"""What was asked and how it was answered: one line for each request, under a name that the client is told too."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.cli.logs import FIELDS
from twofold.health import PATHS
from twofold.proxies import TrustedProxies
from twofold.request_ids import HEADER, current_request_id, identify, new_request_id

SHOWN_CHARACTERS: Final = 1024
"""Of a path; more than this is nobody's link."""

CLIENT_LEFT: Final = 499
"""Where nothing was answered because the client had gone. Source: the status that nginx logs for it."""

_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})

log = logging.getLogger("twofold.access")


class Access:
    """An ASGI app around another that names requests and logs them.

    Args:
        proxies: whose `X-Request-Id` is believed.
        is_logged: whether there is a line for each request; the questions of `Health` never have one.
        has_query: whether the line has the query, which often holds what is nobody's business.
        clock: seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        proxies: TrustedProxies,
        *,
        is_logged: bool = True,
        has_query: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app = app
        self._proxies = proxies
        self._is_logged = is_logged
        self._has_query = has_query
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and log how it went."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        sent = [value for header, value in scope["headers"] if header == HEADER]
        name = identify(sent, is_trusted=self._proxies.trusts(_peer(scope))) if sent else new_request_id()
        # It is never reset: what the server logs of this request's end belongs to it too, and each request has a context.
        current_request_id.set(name)
        answer = _Answer(send, name.encode("ascii"))
        began = self._clock()
        try:
            await self.app(scope, receive, answer.send)
        except BaseException:
            answer.status = answer.status or 500
            raise
        finally:
            if self._is_logged and scope["path"] not in PATHS:
                self._tell(scope, answer.status or CLIENT_LEFT, self._clock() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        fields = {
            "method": scope["method"] if scope["type"] == "http" else "WEBSOCKET",
            "path": self._path(scope),
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "client": self._proxies.resolve(_peer(scope), scope.get("scheme", "http"), "", scope["headers"]).address,
        }
        log.info("%(client)s %(method)s %(path)s %(status)d %(duration_ms).1f ms", fields, extra={FIELDS: fields})

    def _path(self, scope: Scope) -> str:
        """Give the path as it was sent: decoded, it could look like another one."""
        sent: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        if self._has_query and scope.get("query_string"):
            sent += b"?" + scope["query_string"]
        path = sent.decode("ascii", "backslashreplace")
        return path if len(path) <= SHOWN_CHARACTERS else f"{path[:SHOWN_CHARACTERS]}..."


class _Answer:
    """The way back, on which the request's name is added."""

    def __init__(self, send: Send, name: bytes) -> None:
        self._send = send
        self._name = name
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind in _STARTS:
            self.status = 101 if kind == "websocket.accept" else message["status"]
            headers = [one for one in message.get("headers", ()) if one[0] != HEADER and one[0].lower() != HEADER]
            headers.append((HEADER, self._name))
            message = {**message, "headers": headers}
        elif kind == "websocket.close" and self.status is None:
            self.status = 403  # which is how a server refuses the handshake. Source: ASGI specification, websocket.close
        await self._send(message)


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None
