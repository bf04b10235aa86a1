"""TW011: an error in a shape of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "a response with a status": """
        from starlette.responses import JSONResponse

        from twofold import App

        app = App()

        @app.get("/stock/{sku}")
        async def stock(sku: str) -> JSONResponse:
            if not sku:
                return JSONResponse({"error": "unknown"}, status_code=404)  #!TW011
            return JSONResponse({"level": 1, "error": None})
        """,
    "an object with an error": """
        from twofold import action

        @action
        async def reserve(quantity: int) -> dict[str, str]:
            return {"error": "none left", "code": "SOLD"}  #!TW011
        """,
    "a result that has both": """
        from twofold import action

        @action
        async def last_run() -> dict[str, str]:
            return {"result": "half", "error": "disk full"}
        """,
    "a function of the app's own": """
        def as_row(text: str) -> dict[str, str]:
            return {"error": text}
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
