"""TW010: a handler that changes something for whoever has the cookie, from any site."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.guards import may_be_guarded
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import UNSAFE, Role, Source, keyword, nodes_below, parameters


class CookieWithoutOrigin(Rule):
    """A handler that changes something for whoever has the cookie, from any site."""

    id = "TW010"
    title = "A cookie is trusted without asking who sent it"
    why = "A browser sends the cookie with a form that another site has made it submit: the visitor orders what she never chose."
    remedy = "Put `@same_origin` on the handler; or use the session, or an action, which always ask"
    bad = """
        from accounts import change_email
        from twofold import App, cookies

        app = App()


        @app.post("/email")
        async def new_email(email: str) -> None:
            await change_email(cookies["token"], email)
        """
    good = """
        from accounts import change_email
        from twofold import App, cookies, same_origin

        app = App()


        @app.post("/email")
        @same_origin
        async def new_email(email: str) -> None:
            await change_email(cookies["token"], email)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find handlers of unsafe methods that read a cookie, and are guarded by nothing; the session asks itself."""
        for role in source.roles:
            if role.kind != "handler" or role.method not in UNSAFE or _is_declared(role):
                continue
            used = next(_credentials(source, role), None)
            if used is not None and not may_be_guarded(source, role, project):
                yield self.at(source, used, f"{role.function.name} changes something for the owner of the cookie, whoever asks")


def _is_declared(role: Role) -> bool:
    cors = role.arguments("cors")
    return role.has("same_origin", "verify") or keyword(cors, "credentials") is not None


def _credentials(source: Source, role: Role) -> Iterator[ast.expr]:
    for one in parameters(role.function):
        if one.annotation is not None:
            for node in nodes_below(one.annotation):
                if isinstance(node, ast.Call) and source.ours(node.func) == "Cookie":
                    yield node
    for node in role.body:
        read = node.value if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Load) else None
        is_read = isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr == "get")
        if read is not None and is_read and source.ours(read) == "cookies":
            yield read
