"""Is the process alive, and may it be sent requests: `/healthz` and `/readyz`.

    asgi = Health(app)

`/healthz` answers 200 as long as the process answers at all, and asks nobody: whoever restarts what is not healthy must not
restart every process because a server behind them is down. `/readyz` answers 503 with the names of the parts that are not
ready, and nothing more: anyone may ask. A route of the app at these paths wins. Both come before the app's own checks, of
hosts and visitors, because what asks is a machine beside the server. `twofold serve` puts this
around the app; under another server, serve it instead of the app.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.app import App
from twofold.boundary import dumps
from twofold.errors import StoreUnavailable
from twofold.routing import Match

ALIVE: Final = "/healthz"
READY: Final = "/readyz"
PATHS: Final = frozenset({ALIVE, READY})

LEAVING: Final = "twofold.is_leaving"
"""Scope key that a server sets while it goes on for a moment, so that a load balancer can turn to others."""

PING_SECONDS: Final = 2.0
"""The longest that the stores may take to answer."""

PAUSE_SECONDS: Final = 1.0
"""Whoever asks more often gets the last answer: strangers cannot make the stores busy."""

Part = Literal["draining", "stores"]
Owner = Literal["app", "unknown", "nobody"]

log = logging.getLogger("twofold")


def not_ready(*, is_leaving: bool, has_stores: bool) -> tuple[Part, ...]:
    """Give the parts because of which no requests should be sent here; none when it is ready."""
    parts: list[Part] = []
    if is_leaving:
        parts.append("draining")
    if not has_stores:
        parts.append("stores")
    return tuple(parts)


class Health:
    """An ASGI app around another that answers the two paths where the app does not.

    Args:
        app: a Twofold app, or another one: then what it answers with 404 is answered here.
        clock: seconds, for the pause between two questions to the stores.
    """

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._clock = clock
        self._asked_at = -PAUSE_SECONDS
        self._answer: asyncio.Future[bool] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand the request on."""
        is_asked = scope["type"] == "http" and scope["path"] in PATHS and scope["method"] in ("GET", "HEAD")
        owner = self._owner(scope["path"]) if is_asked else "app"
        if owner == "nobody":
            await self._respond(scope, send)
        elif owner == "unknown":
            await self._respond_instead(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _owner(self, path: str) -> Owner:
        if not isinstance(self.app, App):
            return "unknown"
        match = self.app.routes.tree.match(path.encode("ascii"))
        if not isinstance(match, Match) or match.node.value is None:
            return "nobody"
        return "app" if match.node.value.mounted is None else "unknown"

    async def _respond_instead(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the app first, and answer where it finds nothing."""
        is_missing = False

        async def send_found(message: Message) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                is_missing = True
            if not is_missing:
                await send(message)

        await self.app(scope, receive, send_found)
        if is_missing:
            await self._respond(scope, send)

    async def _respond(self, scope: Scope, send: Send) -> None:
        if scope["path"] == ALIVE:
            await _send(scope, send, 200, {"status": "alive"})
            return
        parts = not_ready(is_leaving=scope.get(LEAVING, False), has_stores=await self._have_stores_answered())
        await _send(scope, send, 503 if parts else 200, {"status": "not ready", "parts": parts} if parts else {"status": "ready"})

    async def _have_stores_answered(self) -> bool:
        now = self._clock()
        if self._answer is None or now - self._asked_at >= PAUSE_SECONDS:
            self._asked_at = now
            self._answer = asyncio.ensure_future(self._ask())
        # Whoever asks may leave before the others that wait for the same answer.
        return await asyncio.shield(self._answer)

    async def _ask(self) -> bool:
        if not isinstance(self.app, App):
            return True
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self.app.stores.ping()
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("not ready: the stores do not answer: %s", error or "no answer in time")
            return False
        return True


async def _send(scope: Scope, send: Send, status: int, content: object) -> None:
    body = dumps(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
