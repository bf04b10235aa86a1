"""TW008: a tag that nothing carries, and that looks like one that something does."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, keyword
from twofold.check.tags import carries, skeleton

_ALIKE = 0.75


class MisspeltTag(Rule):
    """A tag that nothing carries, and that looks like one that something does."""

    id = "TW008"
    title = "A tag is misspelt"
    why = "Revalidating a tag that no cached function carries does nothing: the outdated value stays."
    remedy = "Write the tag as the cached function has it"
    bad = """
        from twofold import action, cached


        @cached(tags=["stock:{sku}"])
        async def level(sku: str) -> int:
            return 1


        @action(revalidates=["stok:{sku}"])
        async def sell(sku: str) -> None: ...
        """
    good = """
        from twofold import action, cached


        @cached(tags=["stock:{sku}"])
        async def level(sku: str) -> int:
            return 1


        @action(revalidates=["stock:{sku}"])
        async def sell(sku: str) -> None: ...
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find revalidated tags that no cached function of the project carries."""
        known = project.read_tags
        if not known:
            return
        for node in _revalidated(source):
            tag = skeleton(node)
            if tag is None or any(carries(one, tag) for one in known):
                continue
            similar = difflib.get_close_matches(tag, known, n=1, cutoff=_ALIKE)
            if similar:
                yield self.at(source, node, f"no cached function carries {tag!r}; one carries {similar[0]!r}")


def _revalidated(source: Source) -> Iterator[ast.expr]:
    for role in source.roles:
        declared = keyword(role.arguments("action"), "revalidates")
        if isinstance(declared, (ast.List, ast.Tuple, ast.Set)):
            yield from declared.elts
    for node in source.nodes:
        if isinstance(node, ast.Call) and source.ours(node.func) == "revalidate_tag":
            yield from node.args
