"""The contract of an app: who may call each page, action and route handler, with what, and what follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["page", "action", "handler", "websocket", "mount"]


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter.

    Attributes:
        source: "path", "query", "header", "cookie", "depends on <function>", "body", "form", "raw", "request" or "argument".
        default: as Python writes it; None where it is required.
    """

    name: str
    type: str
    source: str
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one page, action, route handler or mount promises.

    Attributes:
        name: the route's pattern, or the action's id.
        method: "GET", "POST"...; "CALL" for an action.
        function: module and qualified name.
        place: file and line.
        callers: who may call it.
        origin: when it is checked that a request comes from a page of this site.
        signature: the verifier over the raw body.
        reads: tags of the cached functions that the function names.
        guards: middleware around it, outermost first.
        limits: how often one caller may call, and who counts as one.
        cors: which other sites' scripts may call and read the answer.
        once: what makes a repeated call count once.
        errors: codes that callers are told, beside the framework's own.
    """

    kind: Kind
    method: str
    name: str
    function: str
    place: str
    callers: str
    origin: str
    signature: str | None = None
    takes: tuple[Input, ...] = ()
    gives: str | None = None
    reads: tuple[str, ...] = ()
    revalidates: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    cors: str | None = None
    once: str | None = None
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)
