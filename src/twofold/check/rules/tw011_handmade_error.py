"""TW011: an error in a shape of one's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, constant, keyword

_RESPONSES = ("JSONResponse", "Response", "PlainTextResponse")


class HandmadeError(Rule):
    """An error in a shape of one's own."""

    id = "TW011"
    title = "An error has a shape of its own"
    why = "Callers have to know a second shape; the status says success; no form shows it, and no client has a type for it."
    remedy = 'Raise a ContractError: `class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409)`'
    bad = """
        from twofold import action


        @action
        async def reserve(quantity: int) -> dict[str, str]:
            if quantity > 10:
                return {"error": "Out of stock"}
            return {"state": "held"}
        """
    good = """
        from twofold import ContractError, action


        class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
            \"\"\"Fewer are left.\"\"\"


        @action(errors=[OutOfStock])
        async def reserve(quantity: int) -> dict[str, str]:
            if quantity > 10:
                raise OutOfStock("Out of stock")
            return {"state": "held"}
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find actions and handlers that return an object with an `error`."""
        for role in source.roles:
            if role.kind not in ("action", "handler"):
                continue
            for node in role.body:
                if isinstance(node, ast.Return) and node.value is not None and _is_error(source, node.value):
                    yield self.at(source, node.value, "this error is none to the caller")


def _is_error(source: Source, node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        names = {constant(one) for one in node.keys}
        return "error" in names and not names & {"data", "result", "ok", "value"}
    if not isinstance(node, ast.Call) or source.dotted(node.func).rpartition(".")[2] not in _RESPONSES:
        return False
    content = node.args[0] if node.args else keyword(node, "content")
    status = keyword(node, "status_code") or (node.args[1] if len(node.args) > 1 else None)
    is_failure = isinstance(status, ast.Constant) and isinstance(status.value, int) and status.value >= 400
    return is_failure and isinstance(content, ast.Dict) and "error" in {constant(one) for one in content.keys}
