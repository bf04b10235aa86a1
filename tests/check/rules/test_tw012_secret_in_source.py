"""TW012: a secret in the source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "keys known by their form": """
        STRIPE = "sk_live_" "abcdefghijklmnop1234"  #!TW012
        HOOK = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"  #!TW012
        """,
    "of sessions and of several": """
        import twofold

        settings = twofold.Settings(secrets=["now-0123456789", "old-0123456789"])  #!TW012 #!TW012
        """,
    "from the environment": """
        import os

        from twofold import Settings

        settings = Settings(secret=os.environ["SECRET"])
        """,
    "a placeholder and what is not ours": """
        from twofold import Settings

        settings = Settings(secret="dev")
        other = dict(secret="a-long-word-of-another-library")
        """,
    "tests may": {
        "tests/test_payment.py": """
            from twofold import HmacSha256

            verifier = HmacSha256(header="x-signature", secret="0123456789abcdef")
            KEY = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
            """,
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
