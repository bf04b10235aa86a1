"""A shop whose page shows two numbers, a server that can be killed, and windows that look at it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import htpy as h
import uvicorn
from playwright.async_api import BrowserContext, Page
from starlette.types import Receive, Scope, Send

from twofold import App, Settings, action, cached, region, revalidate_tag
from twofold.live import Hub

STREAM, PAGE = "/_twofold/live", "/"


stock = {"lamp": 0, "chair": 0}


@cached(tags=["stock:{sku}"])
async def left(sku: str) -> int:
    return stock[sku]


@region
async def amount(sku: str) -> h.Renderable:
    return h.p(id=sku)[f"{await left(sku)} left"]


@action
async def sell() -> None:
    stock["lamp"] -= 1
    revalidate_tag("stock:lamp")


async def page() -> h.Renderable:
    form = sell.form()
    return h.html[
        h.head[h.title["Shop"]],
        h.body[
            await amount("lamp"),
            await amount("chair"),
            h.input(name="note", aria_label="Note"),
            h.form(form.attrs)[form.hidden, h.button["Sell"]],
        ],
    ]


class Site:
    """The app behind a real server, and what was asked of it.

    Attributes:
        asked: method and path of every request, in order.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{self.port}"
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.app = self._new_app()

    def _new_app(self) -> App:
        app = App(settings=Settings(mode="test", secrets="s" * 40))
        app.page("/")(page)

        @app.page("/elsewhere")
        async def elsewhere() -> h.Renderable:
            return h.html[h.body[h.a(href="/")["Back"]]]

        app.start()
        return app

    @property
    def hub(self) -> Hub:
        """The hub of the running app."""
        found = self.app.setup.live
        assert isinstance(found, Hub)
        return found

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return self.hub.seats.taken

    @property
    def pulls(self) -> int:
        """How often a page asked for what is outdated."""
        return self.asked.count("PULL")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            is_pull = any(name == b"twofold-pull" for name, _ in scope["headers"])
            self.asked.append("PULL" if is_pull else f"{scope['method']} {scope['path']}")
            if scope["method"] == "POST" and not is_pull:
                await self.gate.wait()
        await self.app(scope, receive, send)

    async def change(self, sku: str, to: int) -> None:
        """Let somebody else change the stock."""
        stock[sku] = to
        await self.app.setup.cache_store.invalidate([f"stock:{sku}"], [])

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve the app; at the end the server dies without a word to its clients."""
        config = uvicorn.Config(self, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        with bound(self.port) as listener:
            listener.listen()
            running = asyncio.ensure_future(server._serve([listener]))
            try:
                yield
            finally:
                server.should_exit = True
                for connection in list(server.server_state.connections):
                    connection.transport.abort()  # type: ignore[union-attr]
                await running

    def restart(self) -> None:
        """Forget everything that a process keeps in its memory."""
        self.app = self._new_app()


def bound(port: int) -> socket.socket:
    """A socket on a port; one that does not listen keeps the port from everybody else, and connections to it are refused."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    return found


@contextmanager
def made_site() -> Iterator[Site]:
    """A site with nothing in stock, not served yet."""
    stock.update(lamp=0, chair=0)
    with bound(0) as holder:
        yield Site(holder.getsockname()[1])


async def opened_page(context: BrowserContext, site: Site, path: str = PAGE) -> Page:
    """A tab that shows the shop."""
    page = await context.new_page()
    await page.goto(site.url + path)
    return page


async def shows(page: Page, sku: str, text: str) -> None:
    """Wait until a page shows an amount."""
    await page.locator(f"#{sku}", has_text=text).wait_for(timeout=20_000)
