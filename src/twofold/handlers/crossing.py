"""The policies of a route's handlers, put on its answers."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from twofold.call import Call
from twofold.errors import Forbidden
from twofold.handlers.cors import Cors, Preflight, listed, vary
from twofold.handlers.handler import Handler
from twofold.responses import Empty, failure_response

ASKED = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
"""What the answer to a preflight depends on."""


def preflighted(handlers: Mapping[str, Handler], call: Call) -> Response | None:
    """Answer a browser that asks whether a script may call; None for any other OPTIONS request, and where no policy is."""
    origin, method = call.header_values(b"origin"), call.header_values(b"access-control-request-method")
    if not origin or len(method) != 1:
        return None
    handler = handlers.get(method[0])
    policy = None if handler is None else handler.declared.cors
    if policy is None:
        return None
    names = listed(call.header_values(b"access-control-request-headers"))
    asks_private = call.header(b"access-control-request-private-network") == "true"
    decision = policy.preflight(origin, names, asks_private=asks_private)
    if decision is Preflight.ALLOWED:
        response: Response = Empty(204, policy.preflight_headers(origin, method[0], names, asks_private=asks_private))
    else:
        response = failure_response(Forbidden("This site may not call", details=decision.value), call)
    vary(response.raw_headers, *ASKED)
    return response


def mark(response: Response, handlers: Mapping[str, Handler], method: str | None, call: Call) -> None:
    """Let scripts read an answer that may, whatever it is: a failure, too, tells them something.

    Args:
        method: of the handler that was asked; None where the route has none, and its first policy speaks for it.
    """
    policy = _policy(handlers, method)
    if policy is None:
        return
    response.raw_headers.extend(policy.answer_headers(call.header_values(b"origin")))
    if policy.varies:
        vary(response.raw_headers, "Origin")


def _policy(handlers: Mapping[str, Handler], method: str | None) -> Cors | None:
    if method is not None:
        handler = handlers.get(method)
        return None if handler is None else handler.declared.cors
    return next((one.declared.cors for one in handlers.values() if one.declared.cors is not None), None)
