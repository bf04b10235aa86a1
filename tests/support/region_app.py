"""A small app of regions, for tests of what is rendered again, and when."""

from __future__ import annotations

import asyncio
from collections import Counter

from markupsafe import Markup

from support.action_app import SECRET, SoldOut
from support.action_app import written as without_button
from twofold import (
    App,
    AuthRequired,
    Failure,
    Form,
    Redirect,
    Settings,
    action,
    cached,
    cookies,
    redirect,
    region,
    revalidate_path,
    revalidate_tag,
    session,
)
from twofold.ambient import cookies as sent_cookies

CELLS = 20
TAGS = 3


def written(form: Form, *names: str) -> Markup:
    """A form that can be sent by a click."""
    return without_button(form, *names).replace("</form>", Markup("<button>Send</button></form>"))


class World:
    """What the app shows, and what it did to show it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.levels = dict.fromkeys(range(TAGS), 0)
        self.rendered: Counter[str] = Counter()
        self.effects: list[str] = []
        self.broken: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()


world = World()


@cached(tags=["level:{tag}"])
async def level(tag: int) -> int:
    return world.levels[tag]


@cached(tags=["title"])
async def title() -> str:
    """What every page but one reads outside its regions: a page that reads nothing with a tag is never known to be current."""
    return "t"


@region
async def cell(number: int) -> Markup:
    world.rendered[f"cell {number}"] += 1
    return Markup("<section>cell {}: {}</section>").format(number, await level(number % TAGS))


@region
async def outer() -> Markup:
    world.rendered["outer"] += 1
    return Markup("<section>outer {} {}</section>").format(await level(0), await inner())


@region
async def inner() -> Markup:
    world.rendered["inner"] += 1
    return Markup("<section>inner {}</section>").format(await level(1))


@region
async def counter(tag: int) -> Markup:
    world.rendered["counter"] += 1
    form = raise_level.form(tag=tag)
    return Markup("<section>level {}{}</section>").format(await level(tag), written(form, "by"))


@region(tags="fragile")
async def fragile() -> Markup:
    if "fragile" in world.broken:
        raise RuntimeError("canary-in-a-region")
    return Markup("<section>fragile {}</section>").format(world.levels[0])


def sorry(failure: Failure) -> Markup:
    return Markup("<section>sorry: {}</section>").format(failure.code)


@region(tags="fragile", fallback=sorry)
async def covered() -> Markup:
    if "fragile" in world.broken:
        raise RuntimeError("canary-in-a-region")
    return Markup("<section>covered {}</section>").format(world.levels[0])


@region(tags="fragile")
async def slow() -> Markup:
    await world.gate.wait()
    return Markup("<section>slow {}</section>").format(world.levels[0])


@region(tags="fragile")
async def visitor() -> Markup:
    seen = sent_cookies.get("seen", "nothing")
    return Markup("<section>{} saw {}</section>").format(session.get("name", "nobody"), seen)


@region(tags="fragile")
async def private() -> Markup:
    if session.get("name") is None:
        raise AuthRequired
    return Markup("<section>secret of {}</section>").format(session["name"])


@action(errors=[SoldOut], revalidates=["level:{tag}"])
async def raise_level(tag: int, by: int) -> int:
    if by > 9:
        raise SoldOut
    world.levels[tag] += by
    world.effects.append(f"{tag} by {by}")
    return world.levels[tag]


@action
async def touch(tags: str) -> None:
    """Revalidate the tags that are named."""
    world.levels[0] += 1
    revalidate_tag(*tags.split())


@action
async def touch_path(path: str) -> None:
    revalidate_path(path)


@action
async def enter(name: str) -> None:
    session["name"] = name
    session.renew()
    cookies.set("seen", "a cookie")
    revalidate_tag("fragile")


@action
async def go(to: str) -> Redirect:
    session["name"] = "traveller"
    return redirect(to)


def document(*parts: Markup | str) -> Markup:
    return Markup("<html><head><title>t</title></head><body>{}</body></html>").format(Markup("").join(parts))


async def page_of(*parts: Markup | str) -> Markup:
    await title()
    return document(*parts)


def make_app(**settings: object) -> App:  # noqa: C901 - a list of pages
    """Make the app; it is started by its first request."""
    app = App(settings=Settings(mode="production", secrets=SECRET, **settings))  # type: ignore[arg-type]

    @app.page("/board")
    async def board() -> Markup:
        world.rendered["board"] += 1
        cells = [await cell(number) for number in range(CELLS)]
        return await page_of(*cells, written(raise_level.form(tag=0), "by"))

    @app.page("/nested")
    async def nested() -> Markup:
        world.rendered["nested"] += 1
        return await page_of(await outer(), written(touch.form(), "tags"))

    @app.page("/counters")
    async def counters() -> Markup:
        world.rendered["counters"] += 1
        return await page_of(await counter(0), await counter(1), await counter(2))

    @app.page("/shell")
    async def shell() -> Markup:
        world.rendered["shell"] += 1
        return await page_of(
            f"shell {await level(0)}", await cell(1), written(touch.form(), "tags"), written(touch_path.form(), "path")
        )

    @app.page("/fragile")
    async def fragile_page() -> Markup:
        return await page_of(await fragile(), await covered(), await slow(), await visitor(), written(touch.form(), "tags"))

    @app.page("/door")
    async def door() -> Markup:
        return await page_of(await visitor(), written(enter.form(), "name"), written(go.form(), "to"))

    @app.page("/private")
    async def private_page() -> Markup:
        return await page_of(await private(), written(enter.form(), "name"))

    @app.page("/untagged")
    async def untagged() -> Markup:
        return document(f"untagged {world.levels[0]}", written(touch.form(), "tags"))

    @app.page("/there")
    async def there() -> Markup:
        return await page_of(Markup("<p>there {}</p>").format(session.get("name", "nobody")))

    @app.page("/plain")
    async def plain() -> Markup:
        return document("plain")

    return app
