"""Links and GET forms that are followed without loading the page, and the same with JavaScript off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from markupsafe import Markup
from playwright.async_api import BrowserContext, Page, expect

from support.action_app import SECRET
from support.uvicorn_server import serving
from twofold import App, Response, Settings, action, cached, region, revalidate_tag

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

state = {"number": 0}


@cached(tags=["number"])
async def number() -> int:
    return state["number"]


@action
async def raise_number() -> None:
    state["number"] += 1
    revalidate_tag("number")


@region
async def shown() -> Markup:
    form = raise_number.form()
    html = Markup('<div id="number"><b>{}</b><form {}>{}<button>Raise</button></form></div>')
    return html.format(await number(), form.attrs, form.hidden)


@dataclass
class Site:
    page: Page
    url: str
    loads: list[str]

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)


def make_app() -> App:
    app = App(settings=Settings(mode="production", secrets=SECRET, live=False))

    def document(title: str, *parts: Markup | str, head: str = "") -> Markup:
        links = Markup(
            '<nav><a href="/">Home</a> <a href="/second">Second</a> <a href="/odd">Odd</a> <a href="/second#far">Far</a> '
            '<a href="#here">Here</a> <a href="/second" data-tf-navigation="off">Loaded</a> <a href="/nowhere">Nowhere</a></nav>'
        )
        search = Markup('<form action="/search"><input name="q"><button>Search</button></form>')
        return Markup(
            '<html lang="en"><head><title>{}</title>{}</head><body data-tf-navigation>{}{}{}{}<p id="far">far</p></body></html>'
        ).format(title, Markup(head), links, search, Markup("").join(parts), Markup("<hr>") * 300)

    @app.page("/")
    async def home() -> Markup:
        return document("Home", await shown(), Markup('<textarea name="note"></textarea>'))

    @app.page("/second")
    async def second() -> Markup:
        return document("Second", await shown(), Markup("<h1>Second</h1>"))

    @app.page("/odd")
    async def odd() -> Markup:
        return document("Odd", await shown(), head='<meta name="x"><link rel="stylesheet" href="/other.css">')

    @app.page("/search")
    async def search(q: str = "") -> Markup:
        return document(f"Search {q}", await shown(), Markup("<h1>Found {}</h1>").format(q))

    @app.get("/other.css")
    async def css() -> Response:
        return Response("", media_type="text/css")

    return app


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with serving(make_app()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="session")
async def site(context: BrowserContext, url: str) -> AsyncIterator[Site]:
    page = await context.new_page()
    site = Site(page, url, [])
    await site.open("/")
    page.on("domcontentloaded", lambda page: site.loads.append(page.url))
    yield site
    await page.close()


def loaded(has_scripts: bool, count: int) -> int:
    """How often a page was loaded: with JavaScript on, not at all."""
    return 0 if has_scripts else count


async def test_a_link_shows_the_next_page_and_back_the_one_before(site: Site, has_scripts: bool) -> None:
    await site.page.get_by_role("link", name="Second").click()
    await expect(site.page).to_have_title("Second")
    await expect(site.page).to_have_url(f"{site.url}/second")
    await expect(site.page.get_by_role("heading")).to_have_text("Second")
    assert len(site.loads) == loaded(has_scripts, 1)
    await site.page.go_back()
    await expect(site.page).to_have_title("Home")
    await site.page.go_forward()
    await expect(site.page).to_have_title("Second")


async def test_going_back_keeps_what_was_typed_and_shows_what_has_changed(site: Site, has_scripts: bool) -> None:
    before = state["number"]
    await site.page.locator("textarea").fill("a draft")
    await site.page.get_by_role("link", name="Second").click()
    await site.page.get_by_role("button", name="Raise").click()
    await expect(site.page.locator("#number b")).to_have_text(str(before + 1))
    await site.page.go_back()
    if not has_scripts:  # past the page before the submission
        await site.page.go_back()
    await expect(site.page).to_have_title("Home")
    if has_scripts:
        await expect(site.page.locator("#number b")).to_have_text(str(before + 1))
    await expect(site.page.locator("textarea")).to_have_value("a draft")


async def test_a_get_form_is_a_link(site: Site, has_scripts: bool) -> None:
    await site.page.locator("[name=q]").fill("lamps & more")
    await site.page.get_by_role("button", name="Search").click()
    await expect(site.page.get_by_role("heading")).to_have_text("Found lamps & more")
    await expect(site.page).to_have_url(f"{site.url}/search?q=lamps+%26+more")
    assert len(site.loads) == loaded(has_scripts, 1)


async def test_a_page_that_loads_something_else_is_loaded(site: Site) -> None:
    async with site.page.expect_event("domcontentloaded"):  # the title is there before
        await site.page.get_by_role("link", name="Odd").click()
    await expect(site.page).to_have_title("Odd")
    assert len(site.loads) == 1


@pytest.mark.parametrize(("link", "status"), [("Loaded", 200), ("Nowhere", 404)])
async def test_what_is_unusual_is_the_browsers(site: Site, link: str, status: int) -> None:
    async with site.page.expect_navigation() as answer:
        await site.page.get_by_role("link", name=link).click()
    response = await answer.value
    assert response is not None
    assert response.status == status
    assert len(site.loads) == 1


async def test_a_fragment_is_scrolled_to_and_back_to_where_one_was(site: Site) -> None:
    await site.page.get_by_role("link", name="Far").click()
    await expect(site.page).to_have_title("Second")
    await expect(site.page.locator("#far")).to_be_in_viewport()
    await site.page.go_back()
    await expect(site.page).to_have_title("Home")
    await expect(site.page.get_by_role("link", name="Far")).to_be_in_viewport()


async def test_a_place_in_the_same_page_is_no_navigation(site: Site) -> None:
    await site.page.get_by_role("link", name="Here", exact=True).click()
    await expect(site.page).to_have_url(f"{site.url}/#here")
    assert site.loads == []


async def test_the_form_of_the_next_page_works(site: Site, has_scripts: bool) -> None:
    before = state["number"]
    await site.page.get_by_role("link", name="Second").click()
    await expect(site.page).to_have_title("Second")
    await site.page.get_by_role("button", name="Raise").click()
    await expect(site.page.locator("#number b")).to_have_text(str(before + 1))
    assert state["number"] == before + 1
    assert len(site.loads) == loaded(has_scripts, 2)
