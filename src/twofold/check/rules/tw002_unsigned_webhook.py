"""TW002: a webhook that nobody has to sign."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import UNSAFE, Role, Source

_WORDS = ("webhook", "webhooks")


class UnsignedWebhook(Rule):
    """A webhook that nobody has to sign."""

    id = "TW002"
    title = "A webhook is not verified"
    why = "Anyone who knows its URL can tell it that an order was paid."
    remedy = "Put `@verify(...)` with the provider's verifier and its secret on the handler"
    bad = """
        from twofold import App

        app = App()


        @app.post("/webhooks/payment")
        async def payment(body: bytes) -> None:
            \"\"\"Take the news of a payment.\"\"\"
        """
    good = """
        import os

        from twofold import App, HmacSha256, verify

        app = App()


        @app.post("/webhooks/payment")
        @verify(HmacSha256(header="x-payment-signature", secret=os.environ["PAYMENT_SECRET"]))
        async def payment(body: bytes) -> None:
            \"\"\"Take the news of a payment.\"\"\"
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find handlers below a path of webhooks with nothing that could know the sender."""
        found = [role for role in source.roles if _is_webhook(source, role) and not _is_guarded(source, role)]
        if found and not _has_middleware(source, project):
            for role in found:
                yield self.at(source, role.function, f"{role.function.name} takes whatever anyone sends")


def _is_webhook(source: Source, role: Role) -> bool:
    if role.kind != "handler" or role.method not in UNSAFE:
        return False
    if role.route:
        return any(part.lower() in _WORDS for part in role.route.split("/"))
    return source.path.name == "route.py" and any(part.lower() in _WORDS for part in source.path.parts[:-1])


def _is_guarded(source: Source, role: Role) -> bool:
    """Whether anything about the function may tell the sender: a decorator, a dependency, a word about signatures."""
    # A decorator that is not of Twofold, or not an app's own, can do anything.
    registering = 0 if source.path.name == "route.py" else 1
    if role.has("verify", "use") or len([one for one in role.decorators if not one.name]) > registering:
        return True
    text = source.code(role.function).lower()
    return any(word in text for word in ("signature", "verif", "depends", "secret", "hmac"))


def _has_middleware(source: Source, project: Project) -> bool:
    """Whether a folder around the file has middleware, which may ask for anything."""
    if source.path.name != "route.py":
        return any(isinstance(node, ast.keyword) and node.arg == "middleware" for node in source.nodes)
    folders = set(source.path.parents)
    return any(one.path.name == "middleware.py" and one.path.parent in folders for one in project.sources)
