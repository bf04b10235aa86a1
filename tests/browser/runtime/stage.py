"""The page, and what a test does to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage, Locator, Page

from browser.runtime.wire import Ask, Wire, document

EVENTS = ("fallback", "item", "patched", "data", "failure", "redirect", "trace", "progress")

WATCH = """
window.told = [];
for (const name of EVENTS) addEventListener("twofold:" + name, ({ type, target, detail }) => told.push([type.slice(8), target.id, detail]));
""".replace("EVENTS", str(list(EVENTS)))


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

    async def prepare(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)
        await self.page.add_init_script(WATCH)

    def _listen(self, message: ConsoleMessage) -> None:
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
