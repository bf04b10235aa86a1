"""TW008: a tag that nothing carries, and that looks like one that something does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "in a call and with a value": """
        from twofold import action, cached, revalidate_tag

        @cached(tags=["product:{sku}", "catalogue"])
        async def product(sku: str) -> str:
            return sku

        @action
        async def rename(sku: str) -> None:
            revalidate_tag("catalog")  #!TW008
            revalidate_tag(f"products:{sku}")  #!TW008
            revalidate_tag(f"product:{sku}")
            revalidate_tag("product:A-1", "catalogue")
        """,
    "carried in another file": {
        "a.py": """
            from twofold import cached

            @cached(tags=["orders"])
            async def orders() -> int:
                return 1
            """,
        "b.py": '''
            from twofold import action

            @action(revalidates=["order"])  #!TW008
            async def place() -> None:
                """Place one."""
            ''',
    },
    "what resembles nothing may be a page's": '''
        from twofold import action, cached

        @cached(tags=["orders"])
        async def orders() -> int:
            return 1

        @action(revalidates=["weather"])
        async def measure() -> None:
            """Measure."""
        ''',
    "a tag that cannot be told": '''
        from twofold import action, cached

        ORDERS = "orders"

        @cached(tags=[ORDERS])
        async def orders() -> int:
            return 1

        @cached(tags=["order:{number}"])
        async def order(number: int) -> int:
            return number

        @action(revalidates=["order"])
        async def place() -> None:
            """Place one."""
        ''',
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
