"""TW014: an action called over HTTP by a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "a whole url": """
        import urllib.request

        def remind(host: str) -> None:
            urllib.request.urlopen(f"https://{host}/_twofold/call?/actions.remind", data=b"[]")  #!TW014
        """,
    "as a keyword": """
        def remind(client) -> None:
            client.post(url="/_twofold/call?/actions.remind")  #!TW014
        """,
    "a function": """
        from actions import remind

        async def nightly() -> None:
            await remind()
        """,
    "a path that is only mentioned": """
        ROBOTS = ["/_twofold/call"]

        def is_ours(path: str) -> bool:
            return path.startswith("/_twofold/call")
        """,
    "tests may": {
        "tests/test_wire.py": """
            def test_the_door(client) -> None:
                assert client.post("/_twofold/call?/actions.remind").status_code == 403
            """,
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
