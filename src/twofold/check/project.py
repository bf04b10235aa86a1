"""All files that are checked together: what one of them says of another."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from twofold.check.source import Source, keyword
from twofold.check.tags import skeleton


class Project:
    """The files of one run."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    @cached_property
    def read_tags(self) -> frozenset[str] | None:
        """The tags that cached functions carry, with `{}` for what varies; None where one of them cannot be told."""
        found: set[str] = set()
        for source in self.sources:
            for role in source.roles:
                if role.kind == "cached":
                    told = _tags_of(keyword(role.arguments("cached"), "tags"))
                    if told is None:
                        return None
                    found |= told
        return frozenset(found)

    @cached_property
    def actions(self) -> frozenset[str]:
        """The dotted names that actions of asynchronous callers can be imported by: the end of the path, then the function."""
        return frozenset(
            f"{source.path.stem}.{role.function.name}"
            for source in self.sources
            for role in source.roles
            if role.kind == "action"
        )


def _tags_of(node: ast.expr | None) -> set[str] | None:
    if node is None:
        return set()
    nodes = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
    found = {skeleton(one) for one in nodes}
    return None if None in found else {one for one in found if one is not None}
