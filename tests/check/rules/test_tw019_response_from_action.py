"""TW019: an action that gives a response."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "by its annotation": """
        from starlette.responses import RedirectResponse

        from twofold import action

        @action
        async def save() -> RedirectResponse:  #!TW019
            return RedirectResponse("/")
        """,
    "by what it returns": """
        import starlette.responses

        from twofold import action

        @action
        async def save() -> object:  #!TW013
            return starlette.responses.JSONResponse({})  #!TW019
        """,
    "a handler may": """
        from starlette.responses import PlainTextResponse

        from twofold import App

        app = App()

        @app.get("/robots.txt")
        async def robots() -> PlainTextResponse:
            return PlainTextResponse("")
        """,
    "a value and a redirect": '''
        from twofold import Redirect, action, redirect

        class Response:
            """One of the app's own."""

        @action
        async def save() -> Redirect:
            return redirect("/")

        @action
        async def answer() -> Response:
            return Response()
        ''',
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
