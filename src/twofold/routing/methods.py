"""What a request's method means at a node: a pure decision with a named outcome.

Source: RFC 9110 sections 9.1 (405 for a known method, 501 for an unknown one, tokens are case-sensitive),
9.3.2 (HEAD is GET without content), 9.3.7 (OPTIONS), 10.2.1 (Allow), 5.6.2 (token).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""The methods a route handler can have, sorted."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class MethodOutcome(Enum):
    """What to do with the request; `status` is the answer that needs no handler."""

    RUN = "run the handler of this name"
    HEAD_FROM_GET = "run GET, send no content"
    OPTIONS = "answer 204 with Allow"
    NOT_ALLOWED = "answer 405 with Allow"
    NOT_IMPLEMENTED = "answer 501"
    MALFORMED = "answer 400"

    @property
    def status(self) -> int | None:
        """The status of an answer without a handler; None when a handler runs."""
        return _STATUSES.get(self)


_STATUSES = {
    MethodOutcome.OPTIONS: 204,
    MethodOutcome.NOT_ALLOWED: 405,
    MethodOutcome.NOT_IMPLEMENTED: 501,
    MethodOutcome.MALFORMED: 400,
}


@dataclass(frozen=True, slots=True)
class MethodDecision:
    """The outcome, the handler to run, and the value of `Allow`.

    Attributes:
        handler: name of the handler to run; None when the answer needs none.
        allow: `Allow` for OPTIONS and NOT_ALLOWED, "" otherwise.
    """

    outcome: MethodOutcome
    handler: str | None = None
    allow: str = ""


_RUN = {method: MethodDecision(MethodOutcome.RUN, method) for method in METHODS}
_HEAD_FROM_GET = MethodDecision(MethodOutcome.HEAD_FROM_GET, "GET")
_NOT_IMPLEMENTED = MethodDecision(MethodOutcome.NOT_IMPLEMENTED)
_MALFORMED = MethodDecision(MethodOutcome.MALFORMED)


def decide_method(method: str, handlers: Collection[str]) -> MethodDecision:
    """Decide what a method does at a node.

    Args:
        method: as the request has it; "get" is another, unknown method.
        handlers: names of the node's handlers; WEBSOCKET is none of HTTP's and does not count.
    """
    run = _RUN.get(method)
    if run is None:
        # TRACE and CONNECT are known to HTTP, but no resource of this server implements them: 501 too.
        return _NOT_IMPLEMENTED if _TOKEN.fullmatch(method) else _MALFORMED
    if method in handlers:
        return run
    if method == "HEAD" and "GET" in handlers:
        return _HEAD_FROM_GET
    outcome = MethodOutcome.OPTIONS if method == "OPTIONS" else MethodOutcome.NOT_ALLOWED
    return MethodDecision(outcome, allow=allowed_methods(handlers))


def allowed_methods(handlers: Collection[str]) -> str:
    """Write the value of `Allow`: sorted, HEAD wherever GET is, OPTIONS always."""
    implied = {"OPTIONS", "HEAD"} if "GET" in handlers else {"OPTIONS"}
    return ", ".join(method for method in METHODS if method in handlers or method in implied)
