"""The other end of the wire: every request of the runtime is held until the test answers it."""

from __future__ import annotations

import asyncio
import base64
import json
import runpy
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Self

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "src" / "twofold" / "runtime"
MEDIA = "application/vnd.twofold.frames"
PATIENCE_SECONDS = 20

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-test'; connect-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-src 'self'; require-trusted-types-for 'script'; trusted-types twofold"
)

SCRIPT = '<script type="module" src="/_twofold/runtime/0/core.js" data-twofold></script>'
TOKEN = '<input type="hidden" name="_tf" value="sealed">'


def descriptor(key: str, sequence: str = "e-1", within: str = "", tags: list[str] | None = None) -> str:
    """Give a descriptor as the server signs it; nobody here checks the signature."""
    tree = {"k": key, "r": key, "p": {}, "t": tags or ["?"], "s": sequence, "w": within, "b": False, "e": 4_000_000_000}
    return base64.b64encode(json.dumps(tree).encode()).decode() + ".mac"


def document(body: str, sequence: str = "e-1", title: str = "wire", head: str = "") -> str:
    """Give a whole page with the runtime."""
    meta = f'<meta name="twofold" content="{descriptor("page", sequence)}">'
    return f"<!doctype html><html><head><title>{escape(title)}</title>{head}{meta}{SCRIPT}</head><body>{body}</body></html>"


def region(key: str, inner: str, sequence: str = "e-1", within: str = "", tag: str = "section") -> str:
    """Give a region's element."""
    return f'<{tag} id="{key}" data-tf-region="{descriptor(key, sequence, within)}">{inner}</{tag}>'


def keep(key: str) -> str:
    """Stand for a region that stays as it is."""
    return f'<template data-tf-keep="{key}"></template>'


def form(inner: str = "", action: str = "?/shop.add", attributes: str = 'id="add"') -> str:
    """Give a form of an action."""
    return f'<form method="post" action="{escape(action)}" {attributes}>{TOKEN}{inner}</form>'


def patch(key: str, html: str, sequence: str) -> dict[str, Any]:
    """Give the frame of a patch."""
    return {"region": key, "sequence": sequence, "html": html}


@dataclass
class Ask:
    """One request, and the answer that it waits for."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    fields: list[tuple[str, Any]] = field(default_factory=list)
    parts: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> str:
        return self.headers.get("twofold-call", "")

    @property
    def own(self) -> list[tuple[str, Any]]:
        """The fields of the form itself."""
        return [(name, value) for name, value in self.fields if not name.startswith("_tf")]

    def value(self, name: str) -> Any:
        return dict(self.fields).get(name)

    @property
    def have(self) -> list[str]:
        """The keys of the regions that the page has."""
        texts = json.loads(self.value("_tf_have") or self.body)
        return [json.loads(base64.b64decode(text.split(".")[0]))["k"] for text in texts]

    def begin(self, status: int = 200, content_type: str = MEDIA, **headers: str) -> Self:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.parts.put_nowait(("begin", (status, {"content-type": content_type, **named})))
        return self

    def send(self, *frames: Any) -> Self:
        for frame in frames:
            self.parts.put_nowait(("body", frame if isinstance(frame, bytes) else json.dumps(frame).encode() + b"\n"))
        return self

    def end(self) -> None:
        self.parts.put_nowait(("end", None))

    def drop(self) -> None:
        """Close the connection in the middle of the answer."""
        self.parts.put_nowait(("drop", None))

    def answer(self, *frames: Any, status: int = 200, **headers: str) -> None:
        """Answer with frames."""
        self.begin(status, **headers).send(*frames).end()

    def succeed(self, *frames: Any, data: Any = None) -> None:
        """Answer with a success."""
        self.answer({"data": data}, *frames, {"sequence": "e-9"})

    def fail(self, *frames: Any, error: str = "No", status: int = 422, **more: Any) -> None:
        """Answer with a failure."""
        failure = {"error": error, "code": "INVALID", **more}
        self.answer({"failure": failure, "status": status}, *frames, {"sequence": "e-9"}, status=status)

    def say(self, text: str, content_type: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> None:
        """Answer with something else."""
        self.begin(status, content_type, **headers).send(text.encode()).end()


class Server:
    """The app that is served to all tests; each has its own wire."""

    wire: Wire

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.wire(scope, receive, send)


class Wire:
    """An ASGI app: pages for GETs, and for everything else what the test says.

    Attributes:
        pages: HTML by path.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asks: asyncio.Queue[Ask] = asyncio.Queue()
        self.holds_pages = False
        self.seen: list[str] = []

    async def asked(self) -> Ask:
        """Wait for the next request."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.asks.get()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/_twofold/"):
            headers = {"content-type": "text/javascript", "cache-control": "max-age=3600"}
            await _respond(send, 200, headers, _module(path.removeprefix("/_twofold/")))
            return
        self.seen.append(f"{request.method} {path}{'?' if request.url.query else ''}{request.url.query}")
        if request.method == "GET" and not self.holds_pages:
            html = self.pages.get(path)
            headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
            await _respond(send, 200 if html else 404, headers, (html or "nothing").encode())
            return
        await self._hold(request, receive, send)

    async def _hold(self, request: Request, receive: Receive, send: Send) -> None:
        body = await request.body()
        ask = Ask(request.method, str(request.url).partition(request.url.netloc)[2], dict(request.headers), body)
        if "form" in request.headers.get("content-type", ""):
            async with request.form() as sent:
                ask.fields = [(name, value if isinstance(value, str) else value.filename) for name, value in sent.multi_items()]
        self.asks.put_nowait(ask)
        watching = asyncio.ensure_future(_watch(ask, receive))
        try:
            await _play(ask, send)
        finally:
            watching.cancel()


def _module(name: str) -> bytes:
    """Give a module of the runtime: as pages load it, or as its source is."""
    kind, _, file = name.partition("/")
    return (SOURCES / file).read_bytes() if kind == "source" else built()[file.partition("/")[2]]


@cache
def built() -> dict[str, bytes]:
    """Build the runtime from its sources; where the tools for that are not installed, what the wheel brings stands in."""
    tool = runpy.run_path(str(ROOT / "tools" / "runtime.py"))
    files: dict[str, bytes] = tool["build"](SOURCES) if tool["ESBUILD"].exists() else tool["read"](tool["BUILT"])
    return files


async def _watch(ask: Ask, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    ask.left.set()
    ask.drop()


async def _play(ask: Ask, send: Send) -> None:
    while True:
        kind, value = await ask.parts.get()
        if kind == "drop":
            return
        if kind == "begin":
            status, headers = value
            await _start(send, status, headers)
        else:
            await send({"type": "http.response.body", "body": value or b"", "more_body": kind == "body"})
            if kind == "end":
                return


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _respond(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    await _start(send, status, headers)
    await send({"type": "http.response.body", "body": body, "more_body": False})
