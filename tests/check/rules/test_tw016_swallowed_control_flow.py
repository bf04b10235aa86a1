"""TW016: an `except` that swallows redirects and not-found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "bare and in a tuple": """
        from twofold import App, action

        app = App()

        @action
        async def save(text: str) -> None:
            try:
                print(text)
            except:  #!TW016
                pass

        @app.get("/")
        async def home() -> str:
            try:
                return "Hello"
            except (ValueError, BaseException):  #!TW016
                return "Sorry"
        """,
    "raised again": """
        from twofold import action

        @action
        async def save(text: str) -> None:
            try:
                print(text)
            except BaseException:
                print("cleaning up")
                raise
        """,
    "handed on": """
        from twofold import action

        @action
        async def save(text: str) -> None:
            try:
                print(text)
            except BaseException as error:
                future.set_exception(error)
        """,
    "an exception": """
        from twofold import action

        @action
        async def save(text: str) -> None:
            try:
                print(text)
            except Exception:
                print("failed")
        """,
    "a function of the app's own": """
        def quietly(function) -> None:
            try:
                function()
            except BaseException:
                pass
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
