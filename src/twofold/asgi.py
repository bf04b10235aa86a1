"""The edges of ASGI: raw paths below a mount, mounted apps, and answers without content."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUERY_MARK = ord("?")


def route_path(scope: Scope) -> bytes:
    """Give the raw path below the place where the app is mounted."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    if QUERY_MARK in raw:
        raw = raw.partition(b"?")[0]
    prefix: str | None = scope.get("root_path")
    return _below(raw, prefix) if prefix else raw


def _below(raw: bytes, prefix: str) -> bytes:
    root = quote(prefix).encode("ascii").rstrip(b"/")
    if root and raw.startswith(root) and raw[len(root) : len(root) + 1] in (b"/", b""):
        return raw[len(root) :] or b"/"
    return raw


def adding(headers: Sequence[tuple[bytes, bytes]], send: Send) -> Send:
    """Add headers to a response that does not have them."""

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            present = {name.lower() for name, _ in own}
            message = {**message, "headers": own + [one for one in headers if one[0] not in present]}
        await send(message)

    return send_more


async def hand_over(app: ASGIApp, prefix: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a mounted app answer: it sees itself at the root of what is below its prefix."""
    root = scope.get("root_path", "").rstrip("/") + prefix.rstrip("/")
    await app({**scope, "root_path": root}, receive, send)


def headless(send: Send) -> Send:
    """Send no content in answer to HEAD. Source: RFC 9110 section 9.3.2."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


REST_BYTES = 256 * 1024 * 1024
REST_SECONDS = 30.0


def reading_rest(receive: Receive, send: Send) -> Send:
    """Wrap `send` for an answer that comes before the end of the request: what still comes is read and thrown away.

    A connection that is closed while the other side still sends is reset, and a browser shows that instead of the answer.
    """

    async def send_and_read(message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body", False):
            await send(message)
            return
        await send({**message, "more_body": True})
        await _discard(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_and_read


async def _discard(receive: Receive) -> None:
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(REST_SECONDS):
            while discarded < REST_BYTES:
                message = await receive()
                discarded += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
