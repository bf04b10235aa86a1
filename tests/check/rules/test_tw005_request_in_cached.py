"""TW005: a cached function that reads the request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "every name of the request": """
        from twofold import cached, cookies, headers, session

        @cached(tags=["greeting"])
        async def greeting() -> str:
            return session["name"] + cookies["theme"] + headers["accept-language"]  #!TW005 #!TW005 #!TW005
        """,
    "by the package": """
        import twofold

        @twofold.cached(tags=["me"])
        def name(request: twofold.Request) -> str:  #!TW005
            return request.headers["x-name"]
        """,
    "passed as an argument": """
        from twofold import cached, session

        @cached(tags=["orders:{name}"])
        async def orders(name: str) -> list[str]:
            return [name]

        async def page() -> str:
            return str(await orders(session["name"]))
        """,
    "a parameter of that name": """
        from twofold import cached

        @cached(tags=["orders"])
        async def orders(session: str) -> str:
            return session
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
