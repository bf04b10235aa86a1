"""TW019: an action that gives a response."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_RESPONSES = frozenset(
    {"Response", "JSONResponse", "HTMLResponse", "PlainTextResponse", "RedirectResponse", "StreamingResponse", "FileResponse"}
)


class ResponseFromAction(Rule):
    """An action that gives a response."""

    id = "TW019"
    title = "An action gives a response"
    why = "An action gives values: a form, a script and Python get the same. A response is for one of them, and has no type."
    remedy = "Return the value, `redirect(...)` for another page, or write a route handler"
    bad = """
        from starlette.responses import JSONResponse

        from twofold import action


        @action
        async def reserve(quantity: int) -> JSONResponse:
            return JSONResponse({"reserved": quantity})
        """
    good = """
        from twofold import action


        @action
        async def reserve(quantity: int) -> int:
            return quantity
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find actions that return a response of Starlette, by their annotation or by what they return."""
        for role in source.roles:
            if role.kind != "action":
                continue
            returns = role.function.returns
            if returns is not None and _is_response(source, returns):
                yield self.at(source, returns, f"{role.function.name} gives a response instead of a value")
                continue
            for node in role.body:
                value = node.value if isinstance(node, ast.Return) else None
                if isinstance(value, ast.Call) and _is_response(source, value.func):
                    yield self.at(source, value, f"{role.function.name} gives a response instead of a value")


def _is_response(source: Source, node: ast.expr) -> bool:
    package, _, name = source.dotted(node).rpartition(".")
    return name in _RESPONSES and package.partition(".")[0] in ("starlette", "twofold", "fastapi")
