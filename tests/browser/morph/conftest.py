"""A page with one region, in real Chromium, under a strict policy, with `moveBefore` and without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from threading import Thread

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from browser.morph.stage import Site, Stage, opened_stage


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with Site() as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=[True, False], ids=["moveBefore", "insertBefore"])
async def shared_stage(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> AsyncIterator[Stage]:
    async with opened_stage(chromium, site, is_lossless=request.param) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(shared_stage: Stage) -> AsyncIterator[Stage]:
    """A page whose scripts report no errors and break no policy."""
    shared_stage.errors.clear()
    yield shared_stage
    assert shared_stage.errors == []
    assert await shared_stage.run("() => stage.violations") == []


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the score of the merge."""
    folder = "tests/browser/morph/"
    passed, failed = (
        sum(one.nodeid.startswith(folder) and one.when == "call" for one in terminalreporter.stats.get(outcome, ()))
        for outcome in ("passed", "failed")
    )
    if passed + failed:
        terminalreporter.write_line(f"merge suite: {passed} of {passed + failed} checks")
