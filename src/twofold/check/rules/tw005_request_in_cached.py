"""TW005: a cached function that reads the request."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source, parameters

AMBIENT = frozenset({"session", "cookies", "headers", "call_key", "client_address", "visitor"})
"""What Twofold tells of the request that is being answered."""


class RequestInCached(Rule):
    """A cached function that reads the request."""

    id = "TW005"
    title = "A cached function reads the request"
    why = "What it gives is kept and shown to everyone: one visitor's name would be on the next one's page."
    remedy = "Read it outside, and pass it as an argument: arguments are part of the cache's key"
    bad = """
        from twofold import cached, session


        @cached(tags=["orders"])
        async def orders() -> list[str]:
            return [session["name"]]
        """
    good = """
        from twofold import cached


        @cached(tags=["orders:{name}"])
        async def orders(name: str) -> list[str]:
            return [name]
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find the names of the request in cached functions."""
        for role in source.roles:
            if role.kind != "cached":
                continue
            for node in role.body:
                if isinstance(node, ast.Name) and source.ours(node) in AMBIENT:
                    yield self.at(source, node, f"{node.id} belongs to one request, and what is cached to all")
            for one in parameters(role.function):
                if one.annotation is not None and source.dotted(one.annotation).rpartition(".")[2] in ("Request", "WebSocket"):
                    yield self.at(source, one, f"{one.arg} is one request, and what is cached is for all")
