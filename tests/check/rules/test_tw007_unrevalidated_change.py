"""TW007: an action that writes and tells the cache nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "sql as a text of sqlalchemy": """
        from sqlalchemy import text

        from twofold import action, cached

        @cached(tags=["notes"])
        async def notes() -> list[str]:
            return []

        @action
        async def forget(session: int) -> None:
            await database.execute(text("delete from notes"))  #!TW007
        """,
    "in a project that caches elsewhere": {
        "reading.py": """
            from twofold import cached

            @cached(tags=["notes"])
            async def notes() -> list[str]:
                return []
            """,
        "writing.py": """
            from twofold import action

            @action
            async def rename(old: str, new: str) -> None:
                await database.execute("UPDATE notes SET name = ? WHERE name = ?", new, old)  #!TW007
            """,
    },
    "in a project that caches nothing": """
        from twofold import action

        @action
        async def rename(old: str, new: str) -> None:
            await database.execute("UPDATE notes SET name = ? WHERE name = ?", new, old)
        """,
    "told by a call": """
        from twofold import action, cached, revalidate_tag

        @cached(tags=["notes"])
        async def notes() -> list[str]:
            return []

        @action
        async def forget() -> None:
            await database.execute("DELETE FROM notes")
            revalidate_tag("notes")
        """,
    "reading only": """
        from twofold import action, cached

        @cached(tags=["notes"])
        async def notes() -> list[str]:
            return []

        @action
        async def find(text: str) -> None:
            await database.execute("SELECT * FROM notes WHERE text = ?", text)
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
