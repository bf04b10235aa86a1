"""TW003: a body that is parsed before its signature is checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "json above the comparison": """
        import secrets

        from twofold import App, Request

        app = App()

        @app.post("/payments")
        async def payment(request: Request) -> None:
            event = await request.json()  #!TW003
            if not secrets.compare_digest(sign(await request.body()), event["signature"]):
                raise PermissionError
        """,
    "a form in a folder": {
        "app/payments/route.py": """
            from hmac import compare_digest

            async def POST(request) -> None:  #!TW013
                form = await request.form()  #!TW003
                assert compare_digest(sign(form), request.headers["x-signature"])
            """,
    },
    "json below it": """
        import hmac

        from twofold import App, Request

        app = App()

        @app.post("/payments")
        async def payment(request: Request) -> None:
            if not hmac.compare_digest(sign(await request.body()), request.headers["x-signature"]):
                raise PermissionError
            event = await request.json()
        """,
    "nothing is compared": """
        from twofold import App, Request

        app = App()

        @app.post("/orders")
        async def order(request: Request) -> None:
            event = await request.json()
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
