"""The wire guard: refuses requests that servers let through although HTTP gives them no single meaning, or no end.

    app.wrap(WireGuard)

ASGI servers parse; they do not judge. uvicorn hands on requests without a Host, with two, with a thousand headers, and
waits for a body as long as it dribbles in. Whatever two programs on the way may read differently is refused here, before
any code of the app sees it. `twofold serve` and `twofold dev` put it around the app; under another server, wrap it yourself.

Source: RFC 9112 sections 3.2 (target and Host) and 6 (framing); RFC 6585 section 5 (431); RFC 9110 section 15.5.9 (408).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.boundary import dumps
from twofold.errors import BadRequest, ContractError, NotImplementedHere, wire
from twofold.origin import parse_authority
from twofold.waiting import Waiting, begun

TARGET_EXTENSION: Final = "twofold.target"
"""Scope extension with the request target as sent: `{"raw": b"/path?query"}`, for servers that drop parts of it."""

log = logging.getLogger("twofold")

Headers = Sequence[tuple[bytes, bytes]]


class HeadersTooLarge(
    ContractError, code="HEADERS_TOO_LARGE", status=431, message="The request has too many or too large headers"
):
    """The header section exceeds its limits."""


class RequestTimeout(ContractError, code="REQUEST_TIMEOUT", status=408, message="The request took too long to arrive"):
    """The body did not arrive in time."""


class Reason(Enum):
    """Why a request is refused."""

    HEADERS_TOO_MANY = "headers-too-many"
    HEADERS_TOO_LARGE = "headers-too-large"
    HOST_MISSING = "host-missing"
    HOST_DUPLICATE = "host-duplicate"
    HOST_MALFORMED = "host-malformed"
    TARGET_NOT_A_PATH = "target-not-a-path"
    TARGET_FRAGMENT = "target-fragment"
    LENGTH_AND_CODING = "content-length-and-transfer-encoding"
    LENGTH_DUPLICATE = "content-length-duplicate"
    LENGTH_MALFORMED = "content-length-malformed"
    CODING_UNKNOWN = "transfer-encoding-unknown"

    @property
    def failure(self) -> ContractError:
        """What the client is told; the reason itself is for the log."""
        if self in (Reason.HEADERS_TOO_MANY, Reason.HEADERS_TOO_LARGE):
            return HeadersTooLarge()
        return NotImplementedHere() if self is Reason.CODING_UNKNOWN else BadRequest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may cost before the app sees it.

    Args:
        header_bytes: of all header lines together, as on the wire.
        headers: header lines.
        body_seconds: how long, in total, the app waits for a body.
        body_bytes_per_second: what has arrived buys this much more time, so that a large upload over a slow line passes.
    """

    header_bytes: int = 32 * 1024
    headers: int = 100
    body_seconds: float = 30.0
    body_bytes_per_second: int = 16 * 1024


STANDARD: Final = Limits()


def decide(scope: Scope, limits: Limits = STANDARD) -> Reason | None:
    """Give the reason to refuse a request, or None.

    Args:
        scope: of an `http` or `websocket` connection.
    """
    headers: Headers = scope["headers"]
    if len(headers) > limits.headers:
        return Reason.HEADERS_TOO_MANY
    size = 4 * len(headers)
    hosts: list[bytes] = []
    lengths: list[bytes] = []
    codings: list[bytes] = []
    # Once over all of them: every request pays for it.
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"host":
            hosts.append(value)
        elif name == b"content-length":
            lengths.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
    if size > limits.header_bytes:
        return Reason.HEADERS_TOO_LARGE
    return _host(hosts) or _target(scope) or (_framing(lengths, codings) if lengths or codings else None)


def _host(hosts: Sequence[bytes]) -> Reason | None:
    if not hosts:
        return Reason.HOST_MISSING
    if len(hosts) > 1:
        return Reason.HOST_DUPLICATE
    return Reason.HOST_MALFORMED if parse_authority(hosts[0].decode("latin-1")) is None else None


def _target(scope: Scope) -> Reason | None:
    """Only the origin form has a meaning here: the absolute form is for proxies, and names a second host."""
    sent: bytes | None = scope.get("extensions", {}).get(TARGET_EXTENSION, {}).get("raw")
    target = sent if sent is not None else scope.get("raw_path") or scope["path"].encode()
    if b"#" in target or (sent is None and b"#" in scope.get("query_string", b"")):
        return Reason.TARGET_FRAGMENT
    if not target.startswith(b"/") and not (target == b"*" and scope.get("method") == "OPTIONS"):
        return Reason.TARGET_NOT_A_PATH
    return None


def _framing(lengths: Sequence[bytes], codings: Sequence[bytes]) -> Reason | None:
    if lengths and codings:
        return Reason.LENGTH_AND_CODING
    if len(lengths) > 1:
        return Reason.LENGTH_DUPLICATE
    # bytes.isdigit() takes ASCII digits only; a sign, a blank or an underscore is somebody else's number.
    if lengths and not (lengths[0].isdigit() and len(lengths[0]) < 20):
        return Reason.LENGTH_MALFORMED
    if codings and [coding.strip().lower() for coding in codings] != [b"chunked"]:
        return Reason.CODING_UNKNOWN
    return None


class WireGuard:
    """An ASGI app around another that refuses malformed requests and bodies that do not end."""

    def __init__(self, app: ASGIApp, limits: Limits = STANDARD) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or hand it on."""
        reason = decide(scope, self.limits) if scope["type"] in ("http", "websocket") else None
        if reason is not None:
            log.info("refused on the wire: %s", reason.value)
            await _refuse(scope, send, reason.failure)
        elif scope["type"] == "http":
            await _Exchange(receive, send, self.limits).run(self.app, scope)
        else:
            await self.app(scope, receive, send)


class _Exchange:
    """One request whose body has a deadline."""

    def __init__(self, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive = receive
        self._send = send
        self._limits = limits

    _waited_seconds = 0.0
    _received_bytes = 0
    _is_complete = False
    _is_late = False
    _is_started = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self.receive, self.send)
        except ClientDisconnect:
            if not self._is_late:
                raise
        if self._is_late and not self._is_started:
            log.info("refused on the wire: body-too-slow")
            await _refuse(scope, self._send, RequestTimeout())

    async def receive(self) -> Message:
        if self._is_complete:
            return await self._receive()
        receiving = begun(self._receive())
        if isinstance(receiving, Waiting):
            clock = asyncio.get_running_loop().time
            began = clock()
            try:
                async with asyncio.timeout(self._seconds_left()):
                    message = await receiving
            except TimeoutError:
                # To the app, a client that does not finish has left.
                self._is_late = True
                return {"type": "http.disconnect"}
            self._waited_seconds += clock() - began
        else:
            message = receiving
        self._received_bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        return message

    def _seconds_left(self) -> float:
        earned = self._received_bytes / self._limits.body_bytes_per_second
        return self._limits.body_seconds + earned - self._waited_seconds

    async def send(self, message: Message) -> None:
        if self._is_late and not self._is_started:
            return  # the answer is 408, whatever the app makes of the disconnect
        self._is_started = True
        await self._send(message)


async def _refuse(scope: Scope, send: Send, failure: ContractError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1002})
        return
    body = dumps(wire(failure))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        # Where the next request begins is no longer certain.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": failure.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
