"""TW015: an app that sends requests to itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_OWN = re.compile(r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(:(80|443|3000|5000|8000|8080))?(/|$)")
_SENDING = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "fetch", "urlopen", "stream"})


class RequestToOneself(Rule):
    """An app that sends requests to itself."""

    id = "TW015"
    title = "The app sends a request to itself"
    why = "It waits for a worker of its own, which may be the one that waits; and the visitor's session does not come along."
    remedy = "Call the function that the handler calls"
    bad = """
        import httpx

        from twofold import App

        app = App()


        @app.page("/")
        async def home() -> str:
            async with httpx.AsyncClient() as client:
                return (await client.get("http://localhost:8000/api/stock")).text
        """
    good = """
        from services.stock import level
        from twofold import App

        app = App()


        @app.page("/")
        async def home() -> str:
            return str(await level())
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find URLs of a development server in the calls of pages, handlers, actions and what they cache."""
        for role in source.roles:
            if not role.kind:
                continue
            for node in role.body:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SENDING:
                    for one in node.args[:2]:
                        if _OWN.match(_start(one)):
                            yield self.at(source, one, "this is the app's own address")


def _start(node: ast.expr) -> str:
    """Give the constant beginning of a text."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
