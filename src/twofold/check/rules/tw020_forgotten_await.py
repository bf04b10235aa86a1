"""TW020: an action that is called and never runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Edit, Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Function, Source, nodes_below


class ForgottenAwait(Rule):
    """An action that is called and never runs."""

    id = "TW020"
    title = "An action is called without await"
    why = "Calling an action gives something to await. Without that nothing runs, and nobody hears of it."
    remedy = "Write `await` before it"
    bad = """
        from twofold import action


        @action
        async def send_mail(to: str) -> None: ...


        @action
        async def sign_up(name: str) -> None:
            send_mail(name)
        """
    good = """
        from twofold import action


        @action
        async def send_mail(to: str) -> None: ...


        @action
        async def sign_up(name: str) -> None:
            await send_mail(name)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find calls of actions that are statements of their own."""
        own = {role.function.name for role in source.roles if role.kind == "action" and role.function in source.tree.body}
        for role in source.roles:
            for node in role.body:
                call = node.value if isinstance(node, ast.Expr) else None
                if isinstance(call, ast.Call) and _names_action(source, project, call.func, own, role.function):
                    edits = _awaiting(source, call) if isinstance(role.function, ast.AsyncFunctionDef) else []
                    yield self.at(source, call, f"{source.code(call.func)} never runs", *edits)


def _names_action(source: Source, project: Project, node: ast.expr, own: set[str], caller: Function) -> bool:
    if isinstance(node, ast.Name) and node.id in own:
        return node.id not in _bound(caller)
    dotted = source.dotted(node)
    return ".".join(dotted.rsplit(".", 2)[-2:]) in project.actions if "." in dotted else False


def _bound(function: Function) -> set[str]:
    """Give the names that a function binds itself."""
    nodes = nodes_below(function)
    bound = {one.arg for one in nodes if isinstance(one, ast.arg)}
    return bound | {one.id for one in nodes if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}


def _awaiting(source: Source, call: ast.Call) -> list[Edit]:
    start = call.lineno, source.column(call.lineno, call.col_offset)
    return [Edit(start, start, "await ")]
