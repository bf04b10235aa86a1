"""TW006: a page, a GET handler or a cached function that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "a page and a region": """
        from twofold import App, region, revalidate_path, revalidate_tag

        app = App()

        @app.page("/")
        async def home() -> str:
            revalidate_path("/")  #!TW006
            return "Hello"

        @region
        async def basket() -> str:
            revalidate_tag("basket")  #!TW006
            return "<p>Empty</p>"
        """,
    "in folders": {
        "app/refresh/route.py": """
            from twofold import revalidate_tag

            async def GET() -> None:
                revalidate_tag("stock")  #!TW006

            async def POST() -> None:
                revalidate_tag("stock")
            """,
        "app/page.py": """
            from twofold import revalidate_tag

            async def page() -> str:
                revalidate_tag("stock")  #!TW006
                return ""

            async def other() -> str:
                revalidate_tag("stock")
                return ""
            """,
    },
    "an action may": """
        from twofold import action, revalidate_tag

        @action
        async def sell() -> None:
            revalidate_tag("stock")
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
