"""A form only asks for something.

model: neither; the page takes a query parameter
why: Reading changes nothing, so the form is a GET. Its URL can be kept, shared and gone back to.
cost: One page.
"""

from markupsafe import Markup

from twofold import App

app = App()


@app.page("/search")
async def search(q: str = "") -> Markup:
    """Show what was found."""
    return Markup('<!doctype html><title>Search</title><form><input name="q" value="{}"></form>').format(q)
