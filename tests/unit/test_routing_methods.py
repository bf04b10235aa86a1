from __future__ import annotations

import pytest

from twofold.routing import METHODS, MethodDecision, MethodOutcome, allowed_methods, decide_method

RUN, HEAD_FROM_GET, OPTIONS = MethodOutcome.RUN, MethodOutcome.HEAD_FROM_GET, MethodOutcome.OPTIONS
NOT_ALLOWED, NOT_IMPLEMENTED, MALFORMED = MethodOutcome.NOT_ALLOWED, MethodOutcome.NOT_IMPLEMENTED, MethodOutcome.MALFORMED

# method, handlers, outcome, handler that runs, Allow
TABLE = [
    ("GET", "GET", RUN, "GET", ""),
    ("POST", "GET POST", RUN, "POST", ""),
    ("HEAD", "GET", HEAD_FROM_GET, "GET", ""),
    ("HEAD", "GET HEAD", RUN, "HEAD", ""),
    ("HEAD", "HEAD", RUN, "HEAD", ""),
    ("HEAD", "POST", NOT_ALLOWED, None, "OPTIONS, POST"),
    ("GET", "HEAD", NOT_ALLOWED, None, "HEAD, OPTIONS"),
    ("GET", "POST DELETE", NOT_ALLOWED, None, "DELETE, OPTIONS, POST"),
    ("PUT", "GET DELETE", NOT_ALLOWED, None, "DELETE, GET, HEAD, OPTIONS"),
    ("PATCH", "GET HEAD OPTIONS POST PUT", NOT_ALLOWED, None, "GET, HEAD, OPTIONS, POST, PUT"),
    ("OPTIONS", "GET", OPTIONS, None, "GET, HEAD, OPTIONS"),
    ("OPTIONS", "PUT PATCH POST", OPTIONS, None, "OPTIONS, PATCH, POST, PUT"),
    ("OPTIONS", "GET OPTIONS", RUN, "OPTIONS", ""),
    ("OPTIONS", "", OPTIONS, None, "OPTIONS"),
    ("GET", "", NOT_ALLOWED, None, "OPTIONS"),
    ("GET", "WEBSOCKET", NOT_ALLOWED, None, "OPTIONS"),
    ("GET", "WEBSOCKET POST", NOT_ALLOWED, None, "OPTIONS, POST"),
    ("WEBSOCKET", "WEBSOCKET", NOT_IMPLEMENTED, None, ""),
    ("get", "GET", NOT_IMPLEMENTED, None, ""),
    ("Get", "GET", NOT_IMPLEMENTED, None, ""),
    ("TRACE", "GET", NOT_IMPLEMENTED, None, ""),
    ("CONNECT", "GET", NOT_IMPLEMENTED, None, ""),
    ("PROPFIND", "GET", NOT_IMPLEMENTED, None, ""),
    ("M-SEARCH", "GET", NOT_IMPLEMENTED, None, ""),
    ("!#$%&'*+-.^_`|~", "GET", NOT_IMPLEMENTED, None, ""),
    ("__class__", "GET", NOT_IMPLEMENTED, None, ""),
    ("", "GET", MALFORMED, None, ""),
    ("GET ", "GET", MALFORMED, None, ""),
    ("GET\n", "GET", MALFORMED, None, ""),
    ("GE T", "GET", MALFORMED, None, ""),
    ("GET/", "GET", MALFORMED, None, ""),
    ("GÉT", "GET", MALFORMED, None, ""),
    ("G\x00", "GET", MALFORMED, None, ""),
    ("(GET)", "GET", MALFORMED, None, ""),
]


@pytest.mark.parametrize(("method", "handlers", "outcome", "handler", "allow"), TABLE)
@pytest.mark.parametrize("collection", [list, frozenset, dict.fromkeys])
def test_method_has_an_outcome(
    method: str, handlers: str, outcome: MethodOutcome, handler: str | None, allow: str, collection: type[list[str]]
) -> None:
    assert decide_method(method, collection(handlers.split())) == MethodDecision(outcome, handler, allow)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_runs_its_own_handler(method: str) -> None:
    assert decide_method(method, METHODS) == MethodDecision(RUN, method)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(RUN, None), (HEAD_FROM_GET, None), (OPTIONS, 204), (NOT_ALLOWED, 405), (NOT_IMPLEMENTED, 501), (MALFORMED, 400)],
)
def test_outcome_without_a_handler_has_a_status(outcome: MethodOutcome, status: int | None) -> None:
    assert outcome.status == status


def test_allow_lists_what_options_and_head_add() -> None:
    assert allowed_methods({"POST", "GET", "WEBSOCKET"}) == "GET, HEAD, OPTIONS, POST"
