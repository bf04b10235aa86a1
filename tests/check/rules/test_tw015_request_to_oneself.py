"""TW015: an app that sends requests to itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "in an action": """
        import httpx

        from twofold import action

        @action
        async def total() -> int:
            async with httpx.AsyncClient() as client:
                answer = await client.request("GET", "http://127.0.0.1:8000/api/total")  #!TW015
            return int(answer.text)
        """,
    "with a value in it": """
        import httpx

        from twofold import cached

        @cached(tags=["stock"])
        async def stock(sku: str) -> str:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://localhost/api/stock/{sku}")).text  #!TW015
        """,
    "another service": """
        import httpx

        from twofold import action

        @action
        async def total() -> int:
            async with httpx.AsyncClient() as client:
                one = await client.get("http://localhost:9200/_search")
                two = await client.get("https://localhost.example.org/")
            return len(one.text + two.text)
        """,
    "a script": """
        import httpx

        def is_alive() -> bool:
            return httpx.get("http://localhost:8000/healthz").is_success
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
