"""Answers of a real server, in every order: the page ends as a fresh one looks."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import permutations

import pytest
from markupsafe import Markup
from playwright.async_api import Page, Route

from browser.runtime.wire import PATIENCE_SECONDS
from support.action_app import SECRET
from support.uvicorn_server import serving
from twofold import App, Settings, action, cached, region, revalidate_tag

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

numbers: Counter[str] = Counter()


@cached(tags=["number:{name}"])
async def number(name: str) -> int:
    return numbers[name]


@action(concurrency="parallel")
async def raise_number(name: str) -> None:
    numbers[name] += 1
    revalidate_tag(f"number:{name}")


async def button(name: str) -> Markup:
    form = raise_number.form(name=name)
    return Markup("<form {}>{}<button>{}</button></form>").format(form.attrs, form.hidden, f"Raise {name}")


@region
async def outer() -> Markup:
    html = Markup('<section id="outer"><p>{} {}</p>{}{}</section>')
    return html.format(await number("a"), await number("b"), await inner(), await button("a"))


@region
async def inner() -> Markup:
    items = [Markup("<li>{}</li>").format(index) for index in range(await number("c"))]
    return Markup('<ul id="inner">{}<li>{}</li></ul>').format(Markup("").join(items), await number("b"))


@region
async def extra() -> Markup:
    return Markup('<section id="extra">{}</section>').format(await number("b"))


async def shown() -> Markup:
    """A page whose shell changes, and gets a region that it did not have."""
    c = await number("c")
    parts = [await outer(), *([await extra()] if c else []), await button("b"), await button("c")]
    html = Markup('<html lang="en"><head><title>{}</title></head><body><h1>{}</h1>{}</body></html>')
    return html.format(f"{c} of c", await number("a"), Markup("").join(parts))


# All forms are submitted at once, in this order.
SUBMIT = """
(names) => {
  const forms = [...document.forms];
  window.calls = [...names].map((name) => twofold.submit(forms.find(({ innerText }) => innerText.includes("Raise " + name))));
}
"""

# Without what differs from one rendering to the next: capabilities, signatures and sequences, and what shows for a moment longer.
LOOK = """
() => {
  const copy = document.documentElement.cloneNode(true);
  for (const one of copy.querySelectorAll("[name=_tf]")) one.removeAttribute("value");
  for (const name of ["data-pending", "aria-busy"]) for (const one of copy.querySelectorAll(`[${name}]`)) one.removeAttribute(name);
  for (const one of copy.querySelectorAll("[data-tf-region]")) {
    const { k, r, t } = JSON.parse(atob(one.getAttribute("data-tf-region").split(".")[0]));
    one.setAttribute("data-tf-region", JSON.stringify([k, r, t]));
  }
  return document.title + copy.querySelector("body").outerHTML;
}
"""


class Held:
    """Holds back what the page asks for, but for the page itself, which looks as it did at first."""

    def __init__(self, page: Page, before: str) -> None:
        self.page = page
        self.before = before
        self.routes: asyncio.Queue[Route] = asyncio.Queue()

    async def __call__(self, route: Route) -> None:
        if route.request.method == "GET":
            await route.fulfill(body=self.before, content_type="text/html")
        else:
            self.routes.put_nowait(route)

    async def submit(self, names: str) -> list[Route]:
        """Submit forms, and give what they ask."""
        await self.page.evaluate(SUBMIT, names)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [await self.routes.get() for _ in names]


NAMES = "abca"


async def test_in_any_order_the_page_ends_as_a_fresh_one(shared_page: Page) -> None:
    numbers.clear()
    app = App(settings=Settings(mode="production", secrets=SECRET, live=False))
    app.page("/")(shown)
    async with serving(app) as port:
        url = f"http://127.0.0.1:{port}/"
        before = await (await shared_page.request.get(url)).text()
        held = Held(shared_page, before)
        await shared_page.route(lambda one: one.partition("?")[0] == url, held)
        answers = []
        looks = {}
        for order in permutations(range(len(NAMES))):
            await shared_page.goto(url)
            await shared_page.wait_for_function("() => window.twofold")
            routes = await held.submit(NAMES)
            if not answers:
                answers = [await route.fetch() for route in routes]
            for index in order:
                await routes[index].fulfill(response=answers[index])
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await shared_page.evaluate("(index) => calls[index]", index)
            looks[order] = await shared_page.evaluate(LOOK)
        await shared_page.unroute_all()
        await shared_page.goto(url)
        fresh = await shared_page.evaluate(LOOK)
        await shared_page.goto("about:blank")
    assert "<h1>2</h1>" in fresh
    for order, look in looks.items():
        assert look == fresh, f"answered in the order {order}"
