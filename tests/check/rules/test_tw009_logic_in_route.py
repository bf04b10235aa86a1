"""TW009: a `route.py` that talks to a database or to other services itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "every kind of import": {
        "app/api/route.py": '''
            import httpx  #!TW009
            from sqlalchemy.ext.asyncio import AsyncSession  #!TW009

            async def GET() -> None:
                """Answer."""
            ''',
    },
    "a service": {
        "app/api/route.py": """
            from services.stock import level

            async def GET() -> int:
                return await level()
            """,
        "services/stock.py": """
            import sqlite3

            async def level() -> int:
                return 1
            """,
    },
    "a route of something else": {
        "network/route.py": """
            import requests

            def next_hop(address: str) -> str:
                return requests.get(address).text
            """,
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
