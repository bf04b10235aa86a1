"""A visitor submits a form of your own page.

model: server action
why: The caller is your page. The framework checks the origin, seals the form, runs it once however often it is sent, and
    shows errors beside the fields, with JavaScript on or off.
cost: One POST. The answer refreshes exactly the parts of the page that changed; without JavaScript it is a redirect.
"""

from typing import Annotated

from annotated_types import Ge, Le
from markupsafe import Markup

from twofold import App, action

app = App()


@action(revalidates=["stock:{sku}"])
async def reserve(sku: str, quantity: Annotated[int, Ge(1), Le(10)] = 1) -> str:
    """Hold stock."""
    return f"{quantity} of {sku}"


@app.page("/")
async def page() -> Markup:
    """Show the form."""
    form = reserve.form(sku="A-1")
    return Markup("<!doctype html><title>Shop</title><form {}>{}<input {}><button>Reserve</button></form>").format(
        form.attrs, form.hidden, form.field("quantity").attrs
    )
