"""A result comes bit by bit.

model: an action that yields for your own page; a route handler that yields for everyone else
why: Who calls decides, as always. The items are typed either way, a reader that leaves stops the generator, and a slow
    reader slows it down.
cost: One connection for as long as it takes.
"""

from collections.abc import AsyncIterator

from twofold import App, action

app = App()


@action(export=True, abortable=True)
async def summarise(text: str) -> AsyncIterator[str]:
    """Say it in fewer words, one after the other."""
    for word in text.split()[:3]:
        yield word


@app.get("/api/numbers")
async def numbers(upto: int = 3) -> AsyncIterator[int]:
    """Count."""
    for number in range(upto):
        yield number
