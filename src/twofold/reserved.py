"""The framework's own paths, which no route can shadow."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import Any

from starlette.responses import Response

from twofold.actions import Around, answer_action, find_action_id
from twofold.answering import answer, fail_as_json
from twofold.browser import runtime_response
from twofold.call import Call
from twofold.errors import MethodNotAllowed
from twofold.live import LIVE_PATH, answer_live

RESERVED = b"/_twofold/"

CALL_PATH = b"/_twofold/call"
"""Where the typed client reaches exported actions of an app that has no pages."""


def runtime_file(call: Call) -> Response | None:
    """Give a module of the browser runtime; it is the same for everyone, so that no guard is asked."""
    if call.method not in ("GET", "HEAD"):
        return None
    return runtime_response(call.path, call.header(b"accept-encoding"))


async def answer_reserved(call: Call, around: Around) -> Response | None:
    """Answer a call of an exported action, or a page that follows what others change; None for any other path."""
    if call.path == LIVE_PATH:
        return await answer(answer_live, call, fail_as_json)
    if call.path != CALL_PATH:
        return None
    if call.method != "POST":
        response = await fail_as_json(MethodNotAllowed(), call)
        response.raw_headers.append((b"allow", b"POST"))
        return response
    return await answer(partial(answer_call, around=around), call, fail_as_json)


def answer_call(call: Call, around: Around) -> Coroutine[Any, Any, Response]:
    """Answer a call of an exported action."""
    call.kind = "action"
    return answer_action(call, find_action_id(call.query) or "", around, None, fail_as_json)
