"""A page follows what others change.

model: neither; a region that reads a cached function
why: Nobody has to push anything. Whoever changes the stock revalidates its tag, and every open page asks for the parts that
    read it, with its own visitor's cookies.
cost: One idle stream for each browser, whatever the number of tabs; and one small request for each change that shows.
"""

from markupsafe import Markup

from twofold import App, cached, region

app = App()


@cached(tags=["stock"])
async def levels() -> dict[str, int]:
    """Give how many there are."""
    return {"A-1": 3}


@region
async def stock() -> Markup:
    """Show how many there are."""
    return Markup("<p>{} left</p>").format((await levels())["A-1"])


@app.page("/")
async def page() -> Markup:
    """Show the shop."""
    return Markup("<!doctype html><title>Shop</title>{}").format(await stock())
