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
    """Open what keeps the notes before the first visitor comes."""
    async with store.opened():
        yield


HERE = Path(__file__).parent

app = App("app", lifespan=lifespan)
app.mount("/static", StaticFiles(directory=HERE / "static"))
app.mount("/assets", StaticFiles(directory=HERE / "dist", check_dir=False))
