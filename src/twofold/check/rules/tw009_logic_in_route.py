"""TW009: a `route.py` that talks to a database or to other services itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

CLIENTS = frozenset(
    {
        "aiohttp", "aiomysql", "aiosqlite", "asyncpg", "boto3", "httpx", "motor", "mysql", "peewee", "psycopg", "psycopg2",
        "pymongo", "redis", "requests", "sqlalchemy", "sqlite3", "sqlmodel", "tortoise", "urllib3",
    }
)  # fmt: skip
"""Packages that talk to databases and to other servers."""


class LogicInRoute(Rule):
    """A `route.py` that talks to a database or to other services itself."""

    id = "TW009"
    title = "A route handler talks to the database itself"
    why = "The action beside it needs the same rule and gets a second version of it; and no test reaches it without HTTP."
    remedy = "Move it into a module of services, and call that from the action and from the handler"
    bad = """
        # app/api/stock/route.py
        import sqlite3


        def GET() -> int:
            return sqlite3.connect("shop.db").execute("SELECT count(*) FROM stock").fetchone()[0]
        """
    good = """
        # app/api/stock/route.py
        from services.stock import count


        def GET() -> int:
            return count()
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find the import of a client in a file of routes."""
        if source.path.name != "route.py" or not any(role.kind == "handler" for role in source.roles):
            return
        for node in source.nodes:
            for name in _imported(node):
                if name.partition(".")[0] in CLIENTS and isinstance(node, ast.stmt):
                    yield self.at(source, node, f"{name} belongs into a service")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names][:1]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
