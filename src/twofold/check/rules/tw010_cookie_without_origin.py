"""TW010: a handler that changes something for whoever has the cookie, from any site."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import UNSAFE, Role, Source, keyword, parameters

_CREDENTIALS = frozenset({"session", "cookies"})


class CookieWithoutOrigin(Rule):
    """A handler that changes something for whoever has the cookie, from any site."""

    id = "TW010"
    title = "A cookie is trusted without asking who sent it"
    why = "A browser sends the cookie with a form that another site has made it submit: the visitor orders what she never chose."
    remedy = "Put `@same_origin` on the handler, or make it an action, which always asks"
    bad = """
        from twofold import App, session

        app = App()


        @app.post("/email")
        async def change_email(email: str) -> None:
            session["email"] = email
        """
    good = """
        from twofold import App, same_origin, session

        app = App()


        @app.post("/email")
        @same_origin
        async def change_email(email: str) -> None:
            session["email"] = email
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find handlers of unsafe methods that read the session or a cookie, and are guarded by nothing."""
        for role in source.roles:
            if role.kind != "handler" or role.method not in UNSAFE or _is_guarded(role):
                continue
            used = next(_credentials(source, role), None)
            if used is not None:
                yield self.at(source, used, f"{role.function.name} changes something for the owner of the cookie, whoever asks")


def _is_guarded(role: Role) -> bool:
    cors = role.arguments("cors")
    return role.has("same_origin", "verify", "use") or keyword(cors, "credentials") is not None


def _credentials(source: Source, role: Role) -> Iterator[ast.expr]:
    for one in parameters(role.function):
        if one.annotation is not None:
            for node in ast.walk(one.annotation):
                if isinstance(node, ast.Call) and source.ours(node.func) == "Cookie":
                    yield node
    for node in role.body:
        if isinstance(node, ast.Name) and source.ours(node) in _CREDENTIALS:
            yield node
