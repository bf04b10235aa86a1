"""TW016: an `except` that swallows redirects and not-found."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, nodes_below


class SwallowedControlFlow(Rule):
    """An `except` that swallows redirects and not-found."""

    id = "TW016"
    title = "An except swallows control flow"
    why = "`redirect()` and `NotFound` are raised past `except Exception` for a reason; so is the cancellation of a task."
    remedy = "Write `except Exception`, or raise again what is not yours"
    bad = """
        from twofold import action, redirect


        @action
        async def save(text: str) -> None:
            try:
                raise redirect("/done")
            except BaseException:
                print("failed")
        """
    good = """
        from twofold import action, redirect


        @action
        async def save(text: str) -> None:
            try:
                raise redirect("/done")
            except Exception:
                print("failed")
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find bare excepts, and those of BaseException, that raise nothing, in what Twofold calls."""
        for role in source.roles:
            if not role.kind:
                continue
            for node in role.body:
                if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises(node):
                    yield self.at(source, node, "a redirect or a not-found ends here")


def _is_broad(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(one is None or (isinstance(one, ast.Name) and one.id == "BaseException") for one in kinds)


def _raises(node: ast.ExceptHandler) -> bool:
    """Whether the exception may go on, by itself or in the hands of what is called with it."""
    return any(
        isinstance(one, ast.Raise) or (node.name is not None and isinstance(one, ast.Name) and one.id == node.name)
        for one in nodes_below(*node.body)
    )
