"""The app, served: `twofold dev`, `twofold serve`, or any ASGI server with `main:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.staticfiles import StaticFiles
from twofold import App

from services import store


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Make sure that there is a table before the first visitor comes."""
    await store.prepare()
    yield


app = App("app", lifespan=lifespan)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
