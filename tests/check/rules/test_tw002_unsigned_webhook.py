"""TW002: a webhook that nobody has to sign."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "by its route": '''
        from twofold import App

        app = App()

        @app.post("/api/webhooks/{provider}")
        async def receive(provider: str, body: bytes) -> None:  #!TW002
            """Take news."""
        ''',
    "by its folder": {
        "app/webhooks/stripe/route.py": '''
            async def POST(body: bytes) -> None:  #!TW002
                """Take news."""

            async def GET() -> str:
                return "alive"
            ''',
    },
    "verified": '''
        import os

        from twofold import App, HmacSha256, verify

        app = App()

        @app.post("/webhooks/payment")
        @verify(HmacSha256(header="x-signature", secret=os.environ["SECRET"]))
        async def receive(body: bytes) -> None:
            """Take news."""
        ''',
    "a decorator of the app": '''
        from security import signed
        from twofold import App

        app = App()

        @app.post("/webhooks/payment")
        @signed
        async def receive(body: bytes) -> None:
            """Take news."""
        ''',
    "verified by hand": """
        from security import check_signature
        from twofold import App, Request

        app = App()

        @app.post("/webhooks/payment")
        async def receive(request: Request) -> None:
            check_signature(await request.body(), request.headers)
        """,
    "middleware of the folder": {
        "app/webhooks/middleware.py": """
            middleware = []
            """,
        "app/webhooks/stripe/route.py": '''
            async def POST(body: bytes) -> None:
                """Take news."""
            ''',
    },
    "a page about webhooks": """
        from twofold import App

        app = App()

        @app.get("/docs/webhooks")
        async def explain() -> str:
            return "Sign them"
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
