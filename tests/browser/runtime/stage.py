"""The page, and what a test does to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page

from browser.runtime.wire import PATIENCE_SECONDS, Ask, Server, Wire, document

EVENTS = ("fallback", "item", "patched", "data", "failure", "redirect", "trace", "progress")

WATCH = """
window.told = [];
for (const name of EVENTS) addEventListener("twofold:" + name, ({ type, target, detail }) => told.push([type.slice(8), target.id, detail]));
""".replace("EVENTS", str(list(EVENTS)))


AT_ONCE = "() => { Math.random = () => 0; }"
"""Retries come after no time at all."""


@dataclass
class Stage:
    """One page of one browser.

    Attributes:
        errors: what the page's scripts reported, and what its policy refused.
    """

    page: Page
    wire: Wire
    url: str
    errors: list[str] = field(default_factory=list)

    def fail(self, error: Error) -> None:
        self.errors.append(str(error))

    def listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    async def show(self, body: str, path: str = "/", **options: Any) -> None:
        """Open a page with this body."""
        self.wire.pages[path.partition("?")[0]] = document(body, **options)
        await self.page.goto(self.url + path)
        await self.ready()

    async def ready(self) -> None:
        await self.page.wait_for_function("() => window.twofold")

    async def submit(self, selector: str = "form button") -> Ask:
        """Click, and wait for what is asked then."""
        await self.page.click(selector, no_wait_after=True)
        return await self.wire.asked()

    async def run(self, script: str, argument: object = None) -> Any:
        """Do what a script of the page's own would do."""
        async with asyncio.timeout(PATIENCE_SECONDS):  # the driver itself would wait for a promise for ever
            return await self.page.evaluate(script, argument)

    async def until(self, script: str, argument: object = None) -> None:
        """Wait until something is so on the page."""
        await self.page.wait_for_function(script, arg=argument)

    async def idle(self) -> None:
        """Wait until nothing is pending."""
        await self.until("() => !twofold.pending.length")

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector)

    async def text(self, selector: str) -> str:
        return await self.at(selector).inner_text()

    async def value(self, selector: str) -> str:
        return await self.at(selector).input_value()

    async def told(self, name: str) -> list[Any]:
        """Give the details of the events of a name."""
        found: list[Any] = await self.run("(name) => told.filter(([one]) => one === name).map(([, , detail]) => detail)", name)
        return found


@asynccontextmanager
async def opened_page(browser: Browser) -> AsyncIterator[Page]:
    """Open a page whose scripts are watched, in a window of its own."""
    context = await browser.new_context(viewport={"width": 800, "height": 600})
    context.set_default_timeout(PATIENCE_SECONDS * 1_000)
    await context.add_init_script(WATCH)
    yield await context.new_page()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await context.close()


@asynccontextmanager
async def staged(page: Page, server: Server, url: str) -> AsyncIterator[Stage]:
    """Let a test have a page; its scripts report no errors, and break no policy."""
    server.wire = Wire()
    stage = Stage(page, server.wire, url)
    page.on("pageerror", stage.fail)
    page.on("console", stage.listen)
    yield stage
    page.remove_listener("pageerror", stage.fail)
    page.remove_listener("console", stage.listen)
    await page.unroute_all()
    # Nothing that the test has left behind asks the next one's server.
    await page.goto("about:blank")
    assert stage.errors == []
