"""The app under development: what fails is shown, also when the app does not even start."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.app import App
from twofold.boundary import dumps
from twofold.call import Call
from twofold.cli.error_page import POLICY, Asked, render
from twofold.cli.finding import load_app
from twofold.cli.server import is_loopback
from twofold.errors import Failure, masked, wire
from twofold.media import HTML, JSON, preferred

LOOPBACK_HOSTS: Final = ("localhost", ".localhost", "127.0.0.1", "[::1]")
"""A page of another site can make its own name point at this machine; under that name it learns nothing."""

_MARK: Final = "twofold.error_page"

log = logging.getLogger("twofold")


def started(name: str, directory: Path, host: str) -> ASGIApp:
    """Import an app and start it for development.

    Args:
        name: as `find_app` gives it.
        host: the address that it is served on.
    """
    app = load_app(name, directory)
    if not isinstance(app, App):
        return app
    settings = app.settings
    if not settings.allowed_hosts and is_loopback(host):
        settings = replace(settings, allowed_hosts=LOOPBACK_HOSTS)
    setup = app.start(settings)
    if settings.is_development:
        setup.development_page = error_page
    else:
        log.warning("%s has settings of its own for %s, so its errors are not shown", name, settings.mode)
    return app


def error_page(call: Call, failure: Failure) -> str:
    """Give the page for an exception that a page or an action did not expect."""
    mark: MutableMapping[str, bool] = call.scope.get(_MARK, {})
    mark["is_shown"] = True
    cause = getattr(failure, "__cause__", None) or RuntimeError(failure.message)
    return render(cause, Asked.of(call.scope), digest=failure.digest)


class Development:
    """An ASGI app around the one under development.

    Args:
        load: imports and starts the app; what it raises is shown until the next reload.
    """

    def __init__(self, load: Callable[[], ASGIApp]) -> None:
        self._failure: Exception | None = None
        self._app: ASGIApp | None = None
        try:
            self._app = load()
        except Exception as error:
            self._failure = error
            log.exception("the app does not start; every request shows why")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or show why that is not possible."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._app is None or self._failure is not None:
            await _show(self._failure or RuntimeError("the app is not there"), scope, send, "The app does not start")
        else:
            await self._serve(self._app, scope, receive, send)

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        mark: dict[str, bool] = {}
        is_answered = False

        async def marked(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(_with_policy(message) if mark and message["type"] == "http.response.start" else message)

        try:
            await app({**scope, _MARK: mark}, receive, marked)
        except Exception as error:
            if is_answered or scope["type"] != "http":
                raise
            log.exception("%s %s failed outside of the app's routes", scope["method"], scope["path"])
            await _show(error, scope, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start the app; where it fails, be there all the same and show why."""
        events: list[str] = []

        async def noted() -> Message:
            message = await receive()
            events.append(message["type"])
            return message

        async def hopeful(message: Message) -> None:
            if message["type"] != "lifespan.startup.failed":
                await send(message)

        if self._app is not None:
            try:
                return await self._app(scope, noted, hopeful)
            except Exception as error:
                if "lifespan.shutdown" in events:
                    raise
                # An app that raises before it listens does not know the lifespan, and needs none.
                if events:
                    self._failure = error
                    log.error("the app does not start; every request shows why")  # noqa: TRY400  it has told the rest
        if not events:
            await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return await send({"type": "lifespan.shutdown.complete"})


def _with_policy(message: Message) -> Message:
    headers = [one for one in message["headers"] if one[0] != b"content-security-policy"]
    return {**message, "headers": [*headers, (b"content-security-policy", POLICY.encode("ascii"))]}


async def _show(error: BaseException, scope: Scope, send: Send, title: str = "") -> None:
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1011})
        return
    failure = masked(error)
    failure.digest = None  # nothing logged it under one
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    media = preferred(accept, (JSON, HTML))
    page: Any = dumps(wire(failure, reveal=True)) if media == JSON else render(error, Asked.of(scope), title=title).encode()
    headers = [
        (b"content-type", b"application/json" if media == JSON else b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(page)),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", POLICY.encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page})
