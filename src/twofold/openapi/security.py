"""Who may call: what a route handler declares and takes, as security schemes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from inspect import Parameter
from typing import Any

from twofold.binding.sources import Bound
from twofold.openapi.schemas import Json, first_paragraph
from twofold.webhooks import Slack, StandardWebhooks, Stripe

AUTHORIZATION = "authorization"
IGNORED_HEADERS = frozenset({AUTHORIZATION, "accept", "content-type"})
"""Headers that are no parameters of an operation. Source: OpenAPI 3.1, section "Parameter Object"."""

_HEADERS: Mapping[type[Any], tuple[str, ...]] = {
    StandardWebhooks: ("webhook-id", "webhook-timestamp", "webhook-signature"),
    Stripe: ("stripe-signature",),
    Slack: ("x-slack-request-timestamp", "x-slack-signature"),
}


class SecuritySchemes:
    """The security schemes of a document, collected while operations name them."""

    def __init__(self) -> None:
        self.schemes: Json = {}

    def of_verifier(self, verifier: object) -> list[str]:
        """Give the names of the schemes for a signature over the body; none for a verifier that names no header."""
        text = first_paragraph(type(verifier)) or "A signature over the raw body."
        return [self._named(header, text) for header in _headers_of(verifier)]

    def of_header(self) -> str:
        """Give the name of the scheme for handlers that read `Authorization` themselves."""
        return self._named(AUTHORIZATION, "Credentials that the operation checks itself.")

    def _named(self, header: str, text: str) -> str:
        shown = shown_header(header)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", shown)
        self.schemes[name] = {"type": "apiKey", "in": "header", "name": shown, "description": text}
        return name


def requirements(schemes: SecuritySchemes, verifier: object | None, inputs: Iterable[Bound]) -> list[Json]:
    """Give what has to be sent to be let in: alternatives, each of them schemes that are all needed."""
    signed: Json = {name: [] for name in schemes.of_verifier(verifier)} if verifier is not None else {}
    readers = [one for one in inputs if one.source == "header" and one.wire_name == AUTHORIZATION]
    if not readers:
        return [signed] if signed else []
    both: Json = {**signed, schemes.of_header(): []}
    is_optional = all(one.default is not Parameter.empty for one in readers)
    return [both, signed] if is_optional else [both]


def shown_header(name: str) -> str:
    """Write a header's name as people do; its case means nothing."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _headers_of(verifier: Any) -> Iterable[str]:
    for kind, headers in _HEADERS.items():
        if isinstance(verifier, kind):
            return headers
    header = getattr(verifier, "header", None)
    return [header] if isinstance(header, str) else []
