"""TW010: a handler that changes something for whoever has the cookie, from any site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "a cookie parameter": '''
        from typing import Annotated

        from twofold import App, Cookie

        app = App()

        @app.delete("/account")
        async def delete_account(user: Annotated[str, Cookie()]) -> None:  #!TW010
            """Delete it."""
        ''',
    "in folders": {
        "app/basket/route.py": """
            from twofold import cookies

            async def PUT(sku: str) -> None:
                print(cookies["basket"], sku)  #!TW010

            async def GET() -> str:
                return cookies["basket"]
            """,
    },
    "the same origin only": """
        from twofold import App, cookies, same_origin

        app = App()

        @app.post("/basket")
        @same_origin
        async def add(sku: str) -> None:
            print(cookies["basket"], sku)
        """,
    "the session asks itself": """
        from twofold import App, session

        app = App()

        @app.post("/basket")
        async def add(sku: str) -> None:
            session["sku"] = sku
        """,
    "a cookie that is only written": """
        from twofold import App, cookies

        app = App()

        @app.post("/basket")
        async def empty() -> None:
            cookies.set("basket", "")
            cookies.delete("seen")
        """,
    "middleware that may ask": """
        from security import origin_is_ours
        from twofold import App, cookies

        app = App(middleware=[origin_is_ours])

        @app.post("/basket")
        async def add(sku: str) -> None:
            print(cookies["basket"], sku)
        """,
    "a dependency of the route": """
        from security import signed_in
        from twofold import App, cookies

        app = App()

        @app.post("/basket")
        @signed_in
        async def add(sku: str) -> None:
            print(cookies.get("basket"), sku)
        """,
    "a token and no cookie": '''
        from typing import Annotated

        from twofold import App, Header

        app = App()

        @app.post("/orders")
        async def order(sku: str, authorization: Annotated[str, Header()]) -> None:
            """Place one."""
        ''',
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
