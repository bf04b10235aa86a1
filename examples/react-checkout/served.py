"""The checkout, served: one page that React takes over, in front of the services of the inventory shop beside it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HERE = Path(__file__).parent
INVENTORY = HERE.parent / "inventory"
sys.path.append(str(INVENTORY))

from starlette.staticfiles import StaticFiles  # noqa: E402

from composition import ENVIRONMENT, open_shop  # noqa: E402  the path to it is known from here on
from sweeper import sweeping  # noqa: E402
from twofold import App  # noqa: E402


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    async with open_shop(ENVIRONMENT.database_url), sweeping():
        yield


app = App("checkout", lifespan=lifespan)
app.mount("/static", StaticFiles(directory=INVENTORY / "static"))
app.mount("/assets", StaticFiles(directory=HERE / "dist", check_dir=False))
