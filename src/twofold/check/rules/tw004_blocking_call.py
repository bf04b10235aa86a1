"""TW004: a call that blocks the event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_SUBPROCESS = ("run", "call", "check_call", "check_output", "getoutput")
_REQUESTS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
BLOCKING = frozenset(
    {"time.sleep", "os.system", "os.popen", "urllib.request.urlopen", "socket.create_connection", "sqlite3.connect"}
    | {f"subprocess.{name}" for name in _SUBPROCESS}
    | {f"{client}.{name}" for client in ("requests", "httpx") for name in _REQUESTS}
)
"""Functions that return when the outside world has answered, and hold the thread until then."""


class BlockingCall(Rule):
    """A call that blocks the event loop."""

    id = "TW004"
    title = "An async function blocks"
    why = "All requests of a worker share one event loop: while one of them waits like this, none of the others goes on."
    remedy = "Await an async library, or write the function without `async`: Twofold then runs it in a thread"
    bad = """
        import time

        from twofold import action


        @action
        async def wait() -> None:
            time.sleep(1)
        """
    good = """
        import asyncio

        from twofold import action


        @action
        async def wait() -> None:
            await asyncio.sleep(1)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find blocking calls in the own body of an async function."""
        for role in source.roles:
            if not isinstance(role.function, ast.AsyncFunctionDef):
                continue
            for node in role.body:
                name = source.dotted(node.func) if isinstance(node, ast.Call) else ""
                if isinstance(node, ast.Call) and name in BLOCKING:
                    is_sleep = name == "time.sleep" and source.imports.get("asyncio") == "asyncio" and len(node.args) == 1
                    edits = [source.replaced(node, f"await asyncio.sleep({source.code(node.args[0])})")] if is_sleep else []
                    yield self.at(source, node, f"{name}() holds the event loop", *edits)
