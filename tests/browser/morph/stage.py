"""A page with one region, and what a test does to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, Route

import twofold

RUNTIME = Path(twofold.__file__).parent / "runtime"
HERE = Path(__file__).parent
ORIGIN = "http://morph.test"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; media-src data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types twofold"
)


@dataclass
class Stage:
    """The page, and what a test does to it.

    Attributes:
        is_lossless: whether the browser has `moveBefore`.
        errors: what the page's scripts reported.
    """

    page: Page
    is_lossless: bool
    errors: list[str] = field(default_factory=list)
    html: str = ""

    async def show(self, html: str, *, remember: bool = True) -> None:
        """Load a page with this region."""
        later = "" if remember else ' data-remember="later"'
        self.html = f'<!doctype html><title>morph</title><body{later}><main>{html}</main><script type="module" src="/stage.js"></script>'
        await self.page.goto(f"{ORIGIN}/page")
        await self.page.wait_for_selector("html[data-is-ready]", state="attached")

    async def morph(self, html: str, **options: Any) -> None:
        """Merge what the server says: `draft`, `at` (a selector), `sent`."""
        if options.pop("sent", False):
            await self.page.evaluate("([html, options]) => void stage.morph(html, {...options, sent: stage.sent})", [html, options])
        else:
            await self.page.evaluate("([html, options]) => void stage.morph(html, options)", [html, options])

    async def records(self, html: str, **options: Any) -> int:
        """Merge, and count what that did to the tree."""
        count: int = await self.page.evaluate("([html, options]) => stage.records(html, options)", [html, options])
        return count

    async def run(self, script: str, argument: object = None) -> Any:
        """Do what a script of the page's own would do."""
        return await self.page.evaluate(script, argument)

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector)

    async def hold(self, selector: str) -> None:
        await self.run("(selector) => void stage.hold(selector)", selector)

    async def is_held(self, selector: str) -> bool:
        return bool(await self.run("(selector) => stage.isHeld(selector)", selector))

    async def type_into(self, selector: str, text: str) -> None:
        """Click into a field and type at its end."""
        await self.at(selector).click()
        await self.page.keyboard.press("End")
        await self.page.keyboard.type(text)

    async def blur(self) -> None:
        await self.run("() => document.activeElement.blur()")

    async def value(self, selector: str) -> str:
        return await self.at(selector).input_value()

    async def is_focused(self, selector: str) -> bool:
        return bool(await self.run("(selector) => document.activeElement === document.querySelector(selector)", selector))

    async def selection(self, selector: str) -> list[int]:
        found: list[int] = await self.at(selector).evaluate("(field) => [field.selectionStart, field.selectionEnd]")
        return found

    async def conflict(self, selector: str) -> str | None:
        return await self.at(selector).get_attribute("data-tf-conflict")

    async def inner(self) -> str:
        """Give the HTML of the region."""
        return str(await self.run("() => stage.region().outerHTML"))

    async def serve(self, route: Route) -> None:
        """Answer what the page asks for."""
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/page":
            headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
            await route.fulfill(body=self.html, headers=headers)
        elif path.startswith("/frame"):
            await route.fulfill(body="<p>framed</p>", headers={"content-type": "text/html"})
        else:
            folder = RUNTIME.parent if path.startswith("/runtime/") else HERE
            await route.fulfill(path=folder / path.removeprefix("/"), headers={"content-type": "text/javascript"})
