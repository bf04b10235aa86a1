"""The panel as a developer sees it: a button, lines, and what a line opens to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Locator, Page

from support.uvicorn_server import serving
from twofold import App


@dataclass(frozen=True)
class Site:
    """A served app."""

    app: App
    url: str

    async def change(self, *tags: str) -> None:
        """Let somebody else revalidate tags."""
        await self.app.setup.cache_store.invalidate(tags, [])


@asynccontextmanager
async def served(app: App) -> AsyncIterator[Site]:
    """Serve an app on a free port."""
    async with serving(app) as port:
        yield Site(app, f"http://127.0.0.1:{port}")


def button(page: Page) -> Locator:
    """What opens and closes the panel."""
    return page.locator("twofold-panel button.toggle")


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Twofold development panel")


def lines(page: Page, kind: str) -> Locator:
    """The lines of a kind, the newest first."""
    return page.locator(f"twofold-panel details:has(.kind.{kind})")


async def opened(page: Page, site: Site, url: str = "/") -> Page:
    """Open a page of the site and its panel."""
    await page.goto(site.url + url)
    await button(page).click()
    return page


async def sell(page: Page, quantity: str = "1") -> None:
    await page.get_by_label("Quantity").fill(quantity)
    await page.get_by_role("button", name="Sell").click()


async def rows(line: Locator) -> list[list[str]]:
    """Open a line, and give the texts of its regions: name, reason and tags."""
    await line.locator("summary").click()
    await line.locator("tbody tr").first.wait_for()
    texts = await line.locator("tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    return [one[:3] for one in texts]
