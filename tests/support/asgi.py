"""An app as its callers meet it: over HTTP in process, and message by message where a client would hide too much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeAlias
from urllib.parse import unquote

import httpx2

Message: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[..., Awaitable[None]]
Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

HOST = "shop.example"
ORIGIN = f"https://{HOST}"
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
CROSS_SITE = {"sec-fetch-site": "cross-site"}


@asynccontextmanager
async def visitor(app: AsgiApp, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a cookie jar that follows no redirects. What the app raises, the test raises."""
    client = options.pop("client", ("203.0.113.9", 1234))
    transport = httpx2.ASGITransport(app=app, client=client)
    async with httpx2.AsyncClient(transport=transport, base_url=options.pop("base_url", ORIGIN), **options) as http:
        yield http


async def send(app: AsgiApp, method: str, url: str, **options: Any) -> httpx2.Response:
    """One request of a stranger."""
    async with visitor(app) as http:
        return await http.request(method, url, **options)


async def get(app: AsgiApp, url: str, **options: Any) -> httpx2.Response:
    """One GET of a stranger."""
    return await send(app, "GET", url, **options)


async def post(app: AsgiApp, url: str, **options: Any) -> httpx2.Response:
    """One POST of a stranger."""
    return await send(app, "POST", url, **options)


@dataclass(frozen=True)
class Answer:
    """A response, to the byte."""

    status: int
    raw_headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value.decode("latin-1") for key, value in self.raw_headers if key == name.encode("latin-1")]

    @property
    def headers(self) -> dict[str, str]:
        """The headers, each of which must be there once."""
        names = [name for name, _ in self.raw_headers]
        assert len(names) == len(set(names)), f"repeated headers: {names}"
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.raw_headers}

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


def scope_of(
    method: str, target: str, headers: Headers = (), *, client: tuple[str, int] | None = ("203.0.113.9", 1234), **more: Any
) -> dict[str, Any]:
    """An ASGI scope; the target is raw, and `host` is added unless given."""
    path, _, query = target.partition("?")
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if not any(name == "host" for name, _ in pairs):
        pairs.insert(0, ("host", HOST))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": unquote(path, errors="replace"),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "client": client,
        "server": (HOST, 443),
        **more,
    }


async def exchange(
    app: AsgiApp, method: str, target: str, headers: Headers = (), body: bytes | Sequence[bytes] = b"", **more: Any
) -> Answer:
    """One request to the byte: any method, any path, any pieces of a body.

    Args:
        body: in pieces, as the server reads it from the connection.
    """
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []

    async def receive() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
        await asyncio.get_running_loop().create_future()  # the client waits for its answer
        raise AssertionError

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope_of(method, target, headers, **more), receive, keep)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert [one["type"] for one in rest] == ["http.response.body"] * len(rest)
    assert [one.get("more_body", False) for one in rest] == [True] * (len(rest) - 1) + [False]
    return Answer(start["status"], tuple(map(tuple, start["headers"])), b"".join(one.get("body", b"") for one in rest))


async def settle() -> None:
    """Let every task run as far as it can without an event from outside."""
    for _ in range(50):
        await asyncio.sleep(0)


class Conversation:
    """An ASGI connection of which the test is the server: it decides when a message leaves, and when one comes.

    `send` in the app returns when the test has taken the message: a reader can be as slow as it likes.
    """

    def __init__(self, app: AsgiApp, scope: Mapping[str, Any]) -> None:
        self._app = app
        self._scope = scope
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._outgoing: asyncio.Queue[tuple[Message, asyncio.Event]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self.task = asyncio.ensure_future(self._app(self._scope, self._incoming.get, self._sent))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    async def _sent(self, message: Message) -> None:
        taken = asyncio.Event()
        await self._outgoing.put((message, taken))
        await taken.wait()

    def put(self, message: Message) -> None:
        """Let a message come in."""
        self._incoming.put_nowait(message)

    async def take(self) -> Message:
        """Take the next message that the app sends; what the app raises, if it sends none."""
        waiting = asyncio.ensure_future(self._outgoing.get())
        await asyncio.wait([waiting, self.task], return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            self.task.result()
            raise AssertionError("the app ended without a message")
        message, taken = waiting.result()
        taken.set()
        return message

    async def end(self) -> None:
        """Wait until the app is done with the connection, taking whatever it still sends; what it raises, the test raises."""
        while not self.task.done():
            waiting = asyncio.ensure_future(self._outgoing.get())
            await asyncio.wait([waiting, self.task], return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()[1].set()
            else:
                waiting.cancel()
        self.task.result()


def reading(app: AsgiApp, target: str, headers: Headers = (), **more: Any) -> Conversation:
    """A GET whose answer is read piece by piece."""
    conversation = Conversation(app, scope_of("GET", target, headers, **more))
    conversation.put({"type": "http.request", "body": b"", "more_body": False})
    return conversation


def socket(app: AsgiApp, target: str, headers: Headers = (), **more: Any) -> Conversation:
    """A WebSocket, before its handshake is answered."""
    scope = {**scope_of("GET", target, headers, **more), "type": "websocket", "scheme": "wss", "subprotocols": [], **more}
    del scope["method"]
    conversation = Conversation(app, scope)
    conversation.put({"type": "websocket.connect"})
    return conversation
