"""TW017: a redirect to wherever the caller says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, parameters


class OpenRedirect(Rule):
    """A redirect to wherever the caller says."""

    id = "TW017"
    title = "A redirect goes wherever the caller says"
    why = "A link to your sign-in page leads to a copy of it on somebody else's site, and the visitor sees your name in between."
    remedy = (
        "Redirect to paths that the app knows: `url_for(...)`, a Literal of them, or one that is checked to begin with one `/`"
    )
    bad = """
        from twofold import Redirect, action, redirect


        @action
        async def sign_in(name: str, next_url: str) -> Redirect:
            return redirect(next_url)
        """
    good = """
        from typing import Literal

        from twofold import Redirect, action, redirect


        @action
        async def sign_in(name: str, next_url: Literal["/", "/orders"]) -> Redirect:
            return redirect(next_url)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find a plain text parameter that goes into a redirect and that the function does not look at otherwise."""
        for role in source.roles:
            if role.kind not in ("action", "handler"):
                continue
            texts = {
                one.arg
                for one in parameters(role.function)
                if isinstance(one.annotation, ast.Name) and one.annotation.id == "str"
            }
            for node in role.body:
                target = (
                    node.args[0] if isinstance(node, ast.Call) and source.ours(node.func) == "redirect" and node.args else None
                )
                if isinstance(target, ast.Name) and target.id in texts and _uses(role.body, target.id) == 1:
                    yield self.at(source, target, f"{target.id} may be any address")


def _uses(nodes: list[ast.AST], name: str) -> int:
    return sum(isinstance(one, ast.Name) and one.id == name for one in nodes)
