"""The document, and a page about it, as two route handlers of the app."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from markupsafe import escape
from starlette.responses import Response

from twofold.app import App
from twofold.call import Request
from twofold.errors import ConfigurationError
from twofold.openapi.document import UNLISTED, check_facts, openapi_document, unlisted
from twofold.openapi.page import BASE, POLICY, render
from twofold.openapi.schemas import Json
from twofold.responses import Empty

_PLAIN_BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%/-]*)?")
_NOWHERE = "http://localhost"
_MOST_KNOWN = 16


@dataclass(frozen=True)
class Published:
    """What an app publishes about itself.

    Args:
        servers: where the app is, for everyone; None where each request says it.
    """

    app: App
    title: str
    version: str
    description: str
    servers: tuple[str, ...] | None

    def document(self, root_path: str = "") -> Json:
        """Give the document.

        Args:
            root_path: where the app is mounted, as ASGI says it: decoded.
        """
        servers = self.servers or (quote(root_path.rstrip("/")) or "/",)
        return {**self._document, "servers": [{"url": url} for url in servers]}

    @cached_property
    def _document(self) -> Json:
        return openapi_document(self.app, title=self.title, version=self.version, description=self.description)


def serve_openapi(
    app: App,
    *,
    title: str,
    version: str,
    description: str = "",
    servers: Sequence[str] | None = None,
    path: str = "/openapi.json",
    docs: str | None = "/docs",
) -> None:
    """Describe the route handlers of an app to programs, and to people.

    Both are route handlers themselves, behind the middleware of the app and of its root folder. They are made of what
    is registered when the first of them is asked for.

    Args:
        version: of the app's interface.
        description: in CommonMark.
        servers: URLs that the paths are below; the place where the app is mounted when left out.
        path: of the OpenAPI 3.1 document.
        docs: path of the page; None for no page.

    Raises:
        ConfigurationError: there is no title or version, something else is at one of the paths, or they have parameters.
    """
    check_facts(title, version, ("/",) if servers is None else servers)
    for one in (path, docs):
        if one is not None and ("{" in one or not one.startswith("/")):
            raise ConfigurationError(f'serve_openapi: {one!r} is no path of its own; write one like "/openapi.json"')
    published = Published(app, title, version, description, None if servers is None else tuple(servers))
    app.get(path)(unlisted(_document_handler(published), published))
    if docs is not None:
        app.get(docs)(unlisted(_page_handler(published, path), published))


def published_by(app: App) -> Published | None:
    """Give what an app publishes about itself; None where it does not."""
    for node in app.routes.tree.nodes:
        for handler in () if node.value is None else node.value.handlers.values():
            about = getattr(handler.function, UNLISTED, None)
            if isinstance(about, Published):
                return about
    return None


def _document_handler(published: Published) -> Callable[..., Any]:
    @lru_cache(_MOST_KNOWN)
    def made(root_path: str) -> bytes:
        return json.dumps(published.document(root_path), ensure_ascii=False, separators=(",", ":")).encode()

    async def openapi_json(request: Request) -> Response:
        """Give the OpenAPI document of this app."""
        return _unless_known(request, made(request.scope.get("root_path", "")), {"Content-Type": "application/json"})

    return openapi_json


def _page_handler(published: Published, source: str) -> Callable[..., Any]:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}

    @lru_cache(1)
    def made() -> str:
        return render(published.document(), source)

    async def openapi_page(request: Request) -> Response:
        """Show what this app answers."""
        here = _base_of(request)
        servers = published.servers or (here,)
        # The link leads to the document where this page is; the examples lead to where the app is for everyone.
        page = made().replace(f'href="{BASE}', f'href="{escape(here)}').replace(BASE, str(escape(_plain(servers[0]))))
        return _unless_known(request, page.encode(), headers)

    return openapi_page


def _base_of(request: Request) -> str:
    client = request.call.client
    return _plain(f"{client.scheme}://{client.host}{quote(request.scope.get('root_path', ''))}")


def _plain(url: str) -> str:
    """Give a URL that means itself in a shell; the host of a request may be anything."""
    return url.rstrip("/") if _PLAIN_BASE.fullmatch(url) else _NOWHERE


def _unless_known(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """Answer with a body, unless the client has it already. Source: RFC 9110 section 13.1.2."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Empty(304, [(b"etag", tag.encode("ascii")), (b"cache-control", b"no-cache")])
    return Response(body, headers={**headers, "ETag": tag, "Cache-Control": "no-cache"})
