"""TW014: an action called over HTTP by a program."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_DOOR = "/_twofold/call"


class ActionCalledFromOutside(Rule):
    """An action called over HTTP by a program."""

    id = "TW014"
    title = "A program calls an action over HTTP"
    why = "The wire of actions is for components of the same build: it changes without notice, and asks for a browser's origin."
    remedy = "Write a route handler for programs, or call the function: `await reserve_stock(...)`"
    bad = """
        import httpx


        async def remind(client: httpx.AsyncClient) -> None:
            await client.post("/_twofold/call?/actions.send_reminders", json={})
        """
    good = """
        from actions import send_reminders


        async def remind() -> None:
            await send_reminders()
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find the door of actions in the arguments of a call; tests may knock there."""
        if source.is_test:
            return
        for node in source.nodes:
            if isinstance(node, ast.Call):
                for one in [*node.args, *(part.value for part in node.keywords)]:
                    if f"{_DOOR}?/" in _written(one):
                        yield self.at(source, one, "this is where components of the app call its actions")


def _written(node: ast.expr) -> str:
    """Give the constant parts of a text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "".join(map(_written, node.values)) if isinstance(node, ast.JoinedStr) else ""
