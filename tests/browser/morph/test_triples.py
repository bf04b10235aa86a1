"""Ten thousand random triples: what the server said, what was done to it, and what the server says next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from browser.morph.stage import Site, Stage, opened_stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TRIPLES = 10_000
# The browser frees what a batch has left behind after it only.
BATCH = 100


@pytest_asyncio.fixture(loop_scope="session")
async def stages(chromium: Browser, site: Site) -> AsyncIterator[list[Stage]]:
    """One page with `moveBefore`, one without."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(opened_stage(chromium, site, is_lossless=is_lossless))
            for is_lossless in (True, False)
        ]


async def problems(stage: Stage, seeds: range) -> list[str]:
    found: list[str] = []
    for start in seeds[::BATCH]:
        found += await stage.run("async (seeds) => (await import('/triples.js')).problems(...seeds)", [start, start + BATCH])
    return found + stage.errors


async def test_server_user_and_scripts_all_get_their_way(stages: list[Stage]) -> None:
    halves = [range(TRIPLES // 2), range(TRIPLES // 2, TRIPLES)]
    lossless, lossy = await asyncio.gather(*map(problems, stages, halves))
    assert lossless + lossy == [], "\n\n".join(lossless + lossy)
