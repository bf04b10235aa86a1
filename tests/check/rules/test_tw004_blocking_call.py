"""TW004: a call that blocks the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "clients and processes": """
        import subprocess
        import urllib.request

        import httpx
        import requests

        async def fetch(url: str) -> None:
            requests.get(url)  #!TW004
            httpx.post(url)  #!TW004
            urllib.request.urlopen(url)  #!TW004
            subprocess.run(["ls"])  #!TW004
        """,
    "imported by name": """
        from time import sleep as wait

        async def pause() -> None:
            for _ in range(3):
                wait(1)  #!TW004
        """,
    "in a function without async": """
        import time

        def pause() -> None:
            time.sleep(1)
        """,
    "in a function that runs in a thread": """
        import asyncio
        import time

        async def pause() -> None:
            def blocking() -> None:
                time.sleep(1)

            await asyncio.to_thread(blocking)
            await asyncio.to_thread(lambda: time.sleep(1))
            await asyncio.to_thread(time.sleep, 1)
        """,
    "an async client": """
        import asyncio

        import httpx

        async def fetch(url: str) -> None:
            await asyncio.sleep(1)
            async with httpx.AsyncClient() as client:
                await client.get(url)
        """,
    "a name of one's own": """
        async def pause(time) -> None:
            time.sleep(1)
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
