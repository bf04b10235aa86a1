"""Something happens later, or again and again.

model: neither; a task in the app's lifespan, or after() an answer
why: Nobody waits for it, so it has no caller. What must not be lost is a row in your database that a task picks up.
cost: A task of the process; with several workers each has its own, so the work must bear being found twice.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from twofold import App, after


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Sweep for as long as the app lives."""
    task = asyncio.create_task(asyncio.sleep(60))
    try:
        yield
    finally:
        task.cancel()


app = App(lifespan=lifespan)


@app.post("/api/orders")
async def order() -> str:
    """Take an order, and send the mail when the answer has left."""
    after(print, "a mail would be sent now")
    return "taken"
