"""TW013: a parameter or a result whose type says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, parameters

_OPEN = frozenset({"typing.Any", "typing_extensions.Any"})
_BARE = frozenset({"dict", "list", "set", "tuple", "frozenset", "object"})


class UnvalidatedParameter(Rule):
    """A parameter or a result whose type says nothing."""

    id = "TW013"
    title = "A type says nothing"
    why = "Callers are held to the annotation. Twofold refuses to import an action or a handler that takes or gives anything."
    remedy = "Write the whole type: `list[int]`, a dataclass or a model; `pydantic.JsonValue` if truly any JSON may come"
    bad = """
        from twofold import action


        @action
        async def save(order: dict) -> None:
            \"\"\"Save an order.\"\"\"
        """
    good = """
        from dataclasses import dataclass

        from twofold import action


        @dataclass
        class Order:
            sku: str
            quantity: int


        @action
        async def save(order: Order) -> None:
            \"\"\"Save an order.\"\"\"
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find missing and open annotations of actions and handlers."""
        for role in source.roles:
            if role.kind not in ("action", "handler", "cached"):
                continue
            function = role.function
            if function in {one for outer in source.tree.body if isinstance(outer, ast.ClassDef) for one in outer.body}:
                continue
            for one in parameters(function):
                if one.annotation is None:
                    yield self.at(source, one, f"{one.arg} has no type")
                elif open_type := _open(source, one.annotation):
                    yield self.at(source, one.annotation, f"{one.arg}: {open_type} takes anything")
            if function.returns is None:
                yield self.at(source, function, f"{function.name} does not say what it gives")
            elif open_type := _open(source, function.returns):
                yield self.at(source, function.returns, f"{function.name} gives {open_type}, which is anything")


def _open(source: Source, node: ast.expr) -> str:
    """Give the type, where it is one that says nothing; what is inside another type is left to the import."""
    if isinstance(node, ast.Name) and node.id in _BARE and node.id not in source.imports and node.id not in source.bound:
        return node.id
    return "Any" if source.dotted(node) in _OPEN else ""
