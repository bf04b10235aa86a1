"""TW001: a signature compared with `==`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "hexdigest on either side": """
        import hmac

        def check(key: bytes, body: bytes, given: str) -> bool:
            return given == hmac.new(key, body, "sha256").hexdigest()  #!TW001
        """,
    "a name that holds it": """
        import hmac

        def check(key: bytes, body: bytes, given: bytes) -> None:
            expected = hmac.digest(key, body, "sha256")
            if expected != given:  #!TW001
                raise PermissionError
        """,
    "an alias of the module": """
        import hmac as mac

        def check(key: bytes, body: bytes, given: bytes) -> bool:
            return mac.new(key, body, "sha256").digest() == given  #!TW001
        """,
    "imported by name": """
        from hmac import new

        def check(key: bytes, body: bytes, given: bytes) -> bool:
            return new(key, body, "sha256").digest() == given  #!TW001
        """,
    "compared in constant time": """
        import hmac

        def check(key: bytes, body: bytes, given: bytes) -> bool:
            return hmac.compare_digest(hmac.new(key, body, "sha256").digest(), given)
        """,
    "the hash of a file is no secret": """
        import hashlib

        def is_unchanged(body: bytes, etag: str) -> bool:
            return hashlib.sha256(body).hexdigest() == etag
        """,
    "a name that holds something else too": """
        import hmac

        def check(key: bytes, body: bytes, given: bytes, old: bool) -> bool:
            expected = hmac.digest(key, body, "sha256")
            if old:
                expected = b""
            return expected == given
        """,
    "a module of the same name is another": """
        def check(hmac, key: bytes, given: bytes) -> bool:
            return hmac.new(key).digest() == given
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
