"""The inventory shop, served: `twofold dev`, or any ASGI server with `main:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.staticfiles import StaticFiles

from composition import ENVIRONMENT, open_shop
from sweeper import sweeping
from twofold import App
from twofold.openapi import serve_openapi

STATIC = Path(__file__).parent / "static"


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    async with open_shop(ENVIRONMENT.database_url), sweeping():
        yield


app = App("app", lifespan=lifespan)
serve_openapi(app, title="Inventory shop", version="1.0")
app.mount("/static", StaticFiles(directory=STATIC))
