"""A page with one region, and what a test does to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page

HERE = Path(__file__).parent
SOURCE = HERE.parents[2] / "src" / "twofold"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; media-src data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types twofold"
)


WITHOUT_MOVE_BEFORE = "for (const { prototype } of [Element, Document, DocumentFragment]) delete prototype.moveBefore;"

PAGE = '<!doctype html><title>morph</title><body><script type="module" src="/stage.js"></script>'


class Site(ThreadingHTTPServer):
    """Serves one page, the runtime's modules, and those of the tests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Visit(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.endswith(".js"):
            folder = SOURCE if self.path.startswith("/runtime/") else HERE
            return self.answer((folder / self.path.removeprefix("/")).read_text(), "text/javascript", {})
        if self.path == "/page":
            return self.answer(PAGE, "text/html", {"Content-Security-Policy": POLICY})
        return self.answer("<p>framed</p>", "text/html", {})

    def answer(self, text: str, media_type: str, headers: dict[str, str]) -> None:
        body = text.encode()
        self.send_response(200)
        for name, value in {"Content-Type": f"{media_type}; charset=utf-8", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base has it
        """Say nothing."""


@dataclass
class Stage:
    """The page, and what a test does to it.

    Attributes:
        is_lossless: whether the browser has `moveBefore`.
        errors: what the page's scripts reported.
    """

    page: Page
    site: Site
    is_lossless: bool
    errors: list[str] = field(default_factory=list)

    async def load(self) -> None:
        """Load the page."""
        await self.page.goto(f"{self.site.url}/page")
        await self.page.wait_for_function("() => window.stage")

    async def show(self, html: str, *, remember: bool = True) -> None:
        """Let the page be as if it came with this region."""
        await self.run("([html, remember]) => stage.show(html, remember)", [html, remember])

    async def morph(self, html: str, **options: Any) -> None:
        """Merge what the server says: `draft`, `at` (a selector), `sent`."""
        if options.pop("sent", False):
            await self.page.evaluate(
                "([html, options]) => void stage.morph(html, {...options, sent: stage.sent})", [html, options]
            )
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
        """Type at the end of a field."""
        await self.at(selector).focus()
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


@asynccontextmanager
async def opened_stage(browser: Browser, site: Site, *, is_lossless: bool) -> AsyncIterator[Stage]:
    """Open a page with `moveBefore`, or without it as in browsers that have none."""
    context = await browser.new_context(viewport={"width": 800, "height": 600})
    context.set_default_timeout(5_000)
    page = await context.new_page()
    if not is_lossless:
        await page.add_init_script(WITHOUT_MOVE_BEFORE)
    stage = Stage(page, site, is_lossless)
    page.on("pageerror", lambda error: stage.errors.append(str(error)))
    await stage.load()
    yield stage
    await context.close()
