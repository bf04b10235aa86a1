"""TW007: an action that writes and tells the cache nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, constant, keyword

_WRITES = re.compile(r"\s*(insert\s+into|update|delete\s+from)\s", re.IGNORECASE)
_TELLING = ("revalidate_tag", "revalidate_path", "revalidation")


class UnrevalidatedChange(Rule):
    """An action that writes and tells the cache nothing."""

    id = "TW007"
    title = "An action writes, and nothing is revalidated"
    why = "Pages and cached functions go on showing what was there before, in the visitor's own browser too."
    remedy = "Name what has changed: `@action(revalidates=[...])`, or `revalidate_tag(...)` where it is written"
    bad = """
        from twofold import action, cached


        @cached(tags=["notes"])
        async def notes() -> list[str]:
            return []


        @action
        async def add_note(text: str) -> None:
            await database.execute("INSERT INTO notes (text) VALUES (?)", text)
        """
    good = """
        from twofold import action, cached


        @cached(tags=["notes"])
        async def notes() -> list[str]:
            return []


        @action(revalidates=["notes"])
        async def add_note(text: str) -> None:
            await database.execute("INSERT INTO notes (text) VALUES (?)", text)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find actions that send SQL of their own, in a project that caches, and in a file that revalidates nothing."""
        if project.read_tags == frozenset() or any(one.rpartition(".")[2] in _TELLING for one in source.imports.values()):
            return
        for role in source.roles:
            if role.kind != "action" or keyword(role.arguments("action"), "revalidates") is not None:
                continue
            for node in role.body:
                if isinstance(node, ast.Call) and _is_writing(node):
                    yield self.at(source, node, f"{role.function.name} writes, and says of nothing that it has changed")
                    break


def _is_writing(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("execute", "executemany") or not call.args:
        return False
    first = call.args[0]
    if isinstance(first, ast.Call) and first.args:  # text("...") of SQLAlchemy
        first = first.args[0]
    return _WRITES.match(constant(first)) is not None
