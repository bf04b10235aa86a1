"""TW002: a webhook that nobody has to sign."""

from __future__ import annotations

from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.guards import may_be_guarded
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
        for role in source.roles:
            if _is_webhook(source, role) and not _is_verified(source, role) and not may_be_guarded(source, role, project):
                yield self.at(source, role.function, f"{role.function.name} takes whatever anyone sends")


def _is_webhook(source: Source, role: Role) -> bool:
    if role.kind != "handler" or role.method not in UNSAFE:
        return False
    if role.route:
        return any(part.lower() in _WORDS for part in role.route.split("/"))
    return source.path.name == "route.py" and any(part.lower() in _WORDS for part in source.path.parts[:-1])


def _is_verified(source: Source, role: Role) -> bool:
    """Whether anything in the function tells the sender: a verifier, a dependency, a word about signatures."""
    text = source.code(role.function).lower()
    return role.has("verify") or any(word in text for word in ("signature", "verif", "depends", "secret", "hmac"))
