"""TW003: a body that is parsed before its signature is checked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_PARSERS = ("json", "form")


class ParsedBeforeVerified(Rule):
    """A body that is parsed before its signature is checked."""

    id = "TW003"
    title = "A body is parsed before its signature is checked"
    why = "A signature is made over bytes. What was parsed and written again has others; and a forger reaches the parser."
    remedy = "Declare `@verify(...)` on the handler: it checks the raw body before anything is parsed"
    bad = """
        import hashlib
        import hmac
        import os

        from twofold import App, Forbidden, Request

        app = App()


        @app.post("/payments")
        async def payment(request: Request) -> None:
            event = await request.json()
            expected = hmac.new(os.environ["KEY"].encode(), await request.body(), hashlib.sha256).hexdigest()
            if not hmac.compare_digest(expected, request.headers["x-signature"]):
                raise Forbidden
            print(event)
        """
    good = """
        import os
        from typing import Annotated

        from pydantic import BaseModel

        from twofold import App, HmacSha256, verify

        app = App()


        class Event(BaseModel):
            id: str


        @app.post("/payments")
        @verify(HmacSha256(header="x-signature", secret=os.environ["KEY"]))
        async def payment(event: Event) -> None:
            print(event.id)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find handlers that parse above the line where they compare a signature."""
        for role in source.roles:
            if role.kind != "handler" or role.has("verify"):
                continue
            compared = [one.lineno for one in role.body if isinstance(one, ast.Call) and _compares(source, one)]
            for node in role.body:
                if _parses(node) and compared and node.lineno < min(compared):  # type: ignore[attr-defined]
                    yield self.at(source, node, "the body is parsed before anybody knows who sent it")  # type: ignore[arg-type]


def _compares(source: Source, node: ast.Call) -> bool:
    return source.dotted(node.func) in ("hmac.compare_digest", "secrets.compare_digest")


def _parses(node: ast.AST) -> bool:
    """Whether this is `await request.json()`."""
    call = node.value if isinstance(node, ast.Await) else None
    is_parser = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _PARSERS
    return is_parser and isinstance(call, ast.Call) and not call.args
