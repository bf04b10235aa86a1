"""The React checkout: built once, and served by a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from support.chromium import opened_chromium
from support.typescript import ROOT, node

EXAMPLE = ROOT / "examples" / "react-checkout"
SECONDS = 60


@pytest.fixture(scope="session")
def built() -> Path:
    """The example, with what its pages load."""
    done = node(ROOT / "node_modules" / "vite" / "bin" / "vite.js", "build", "--logLevel", "warn", cwd=EXAMPLE)
    assert done.returncode == 0, done.stderr
    return EXAMPLE


@pytest.fixture(scope="module")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the example, on a shop of its own."""
    folder = tmp_path_factory.mktemp("shop")
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")},
        "TWOFOLD_ENV": "development",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'shop.db'}",
        "PICTURES": str(folder / "pictures"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "twofold.cli", "dev", "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=built, env=environ, stdout=log, stderr=log)
    try:
        yield _url(process, folder / "log")
    finally:
        process.terminate()
        process.wait(SECONDS)


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        found = re.search(r"on (http://\S+)", log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(log.read_text(errors="replace"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with opened_chromium() as browser:
        yield browser
