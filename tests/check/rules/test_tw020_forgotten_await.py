"""TW020: an action that is called and never runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "of another file": {
        "app/actions.py": '''
            from twofold import action

            @action
            async def send_mail(to: str) -> None:
                """Send."""
            ''',
        "app/orders.py": """
            from app import actions
            from app.actions import send_mail

            async def order(to: str) -> None:
                send_mail(to)  #!TW020
                actions.send_mail(to)  #!TW020
                await send_mail(to)
            """,
    },
    "in a function without async": '''
        from twofold import action

        @action
        async def send_mail(to: str) -> None:
            """Send."""

        def order(to: str) -> None:
            send_mail(to)  #!TW020
        ''',
    "used otherwise": '''
        import asyncio

        from twofold import action

        @action
        async def send_mail(to: str) -> None:
            """Send."""

        async def order(to: str) -> None:
            task = asyncio.create_task(send_mail(to))
            await asyncio.gather(send_mail(to), task)
        ''',
    "a name that the function binds itself": '''
        from twofold import action

        @action
        async def send_mail(to: str) -> None:
            """Send."""

        def order(to: str, send_mail) -> None:
            send_mail(to)
        ''',
    "a function that is no action": '''
        async def send_mail(to: str) -> None:
            """Send."""

        async def order(to: str) -> None:
            log(to)
        ''',
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
