"""TW013: a parameter or a result whose type says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "nothing any and bare": '''
        from typing import Any

        from twofold import App, action

        app = App()

        @action
        async def save(order, total: Any, lines: list) -> None:  #!TW013 #!TW013 #!TW013
            """Save."""

        @app.get("/orders")
        async def orders() -> dict:  #!TW013
            return {}
        ''',
    "without a result": '''
        from twofold import action

        @action
        async def save(order: int):  #!TW013
            """Save."""
        ''',
    "whole types": """
        from pydantic import JsonValue

        from twofold import action

        @action
        async def save(lines: list[int], extra: dict[str, JsonValue]) -> tuple[int, ...]:
            return tuple(lines)
        """,
    "functions of the app's own": """
        def helper(order, total=1):
            return order
        """,
    "a class called list": '''
        from twofold import action

        class list:
            """One of the app's own."""

        @action
        async def save(lines: list) -> None:
            """Save."""
        ''',
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
