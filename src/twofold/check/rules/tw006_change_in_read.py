"""TW006: a page, a GET handler or a cached function that changes something."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Role, Source

_REVALIDATING = ("revalidate_tag", "revalidate_path")


class ChangeInRead(Rule):
    """A page, a GET handler or a cached function that changes something."""

    id = "TW006"
    title = "Reading changes something"
    why = "Browsers, proxies and prefetching send a GET whenever they like, and from any site: it must have no effect."
    remedy = "Move the change into an action, or into a POST handler"
    bad = """
        from twofold import App, revalidate_tag

        app = App()


        @app.get("/refresh")
        async def refresh() -> str:
            revalidate_tag("stock")
            return "done"
        """
    good = """
        from twofold import App, revalidate_tag, same_origin

        app = App()


        @app.post("/refresh")
        @same_origin
        async def refresh() -> str:
            revalidate_tag("stock")
            return "done"
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find revalidation where nothing may change."""
        for role in source.roles:
            what = _reading(role)
            if not what:
                continue
            for node in role.body:
                if isinstance(node, ast.Call) and source.ours(node.func) in _REVALIDATING:
                    yield self.at(source, node, f"{what} says that something has changed")


def _reading(role: Role) -> str:
    if role.kind in ("page", "region"):
        return f"a {role.kind}"
    if role.kind == "cached":
        return "a cached function"
    return f"a {role.method} handler" if role.kind == "handler" and role.method in ("GET", "HEAD") else ""
