"""TW017: a redirect to wherever the caller says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "in a handler": """
        from twofold import App, Redirect, redirect

        app = App()

        @app.get("/leave")
        async def leave(to: str) -> Redirect:
            raise redirect(to)  #!TW017
        """,
    "a path of the app": """
        from twofold import Redirect, action, redirect

        @action
        async def reserve(sku: str) -> Redirect:
            return redirect(f"/products/{sku}")
        """,
    "looked at first": """
        from twofold import Redirect, action, redirect

        @action
        async def sign_in(next_url: str) -> Redirect:
            return redirect(next_url if is_ours(next_url) else "/")

        @action
        async def sign_up(next_url: str) -> Redirect:
            if not next_url.startswith("/"):
                next_url = "/"
            return redirect(next_url)
        """,
    "a closed set": """
        from typing import Literal

        from twofold import Redirect, action, redirect

        @action
        async def sign_in(next_url: Literal["/", "/orders"]) -> Redirect:
            return redirect(next_url)
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
