"""The one place where exceptions become answers, for actions, route handlers and pages alike."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from twofold.cache import revalidation
from twofold.call import Call
from twofold.calling import as_async
from twofold.errors import Failure, NotFound, Redirect
from twofold.middleware import Step
from twofold.responses import as_failure, failure_response, redirection

log = logging.getLogger("twofold")

Fail: TypeAlias = Callable[[Failure, Call], Awaitable[Response]]
"""Makes the answer of a failure, in the representation that fits the place."""


async def answer(step: Step, call: Call, fail: Fail) -> Response:
    """Run a step; what it raises becomes its answer.

    Raises:
        BaseException: what is no answer to anybody: cancellation, interrupts, a client that left.
    """
    try:
        return await step(call)
    except BaseException as error:  # noqa: BLE001 - `answered` lets through what is no failure
        return await answered(error, call, fail)


async def answered(error: BaseException, call: Call, fail: Fail) -> Response:
    """Give the answer to what was raised.

    Raises:
        BaseException: it is no answer to anybody.
    """
    found = raised(error)
    return redirection(found) if isinstance(found, Redirect) else await fail(as_failure(found, call), call)


async def fail_as_json(failure: Failure, call: Call) -> Response:
    """Answer with the wire shape, or problem details."""
    return failure_response(failure, call)


def raised(error: BaseException) -> Exception | NotFound | Redirect:
    """Give the failure or the control flow in an exception.

    A `Redirect` or `NotFound` raised inside a task group arrives wrapped in a group: it is found there.

    Raises:
        BaseException: it is neither.
    """
    found = _leaf(error)
    if isinstance(found, ClientDisconnect) or not isinstance(found, (Exception, NotFound, Redirect)):
        raise error
    return found


def _leaf(error: BaseException) -> BaseException:
    found = error.split((Redirect, NotFound))[0] if isinstance(error, BaseExceptionGroup) else error
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return error if found is None else found


async def run_after(call: Call) -> None:
    """Do what the call put off until its answer has left; a failure is logged and stops nothing else."""
    while call.after:
        (function, args, kwargs), *call.after = call.after
        try:
            async with revalidation():
                await as_async(function)(*args, **kwargs)
        except BaseException as error:
            failed = raised(error)
            log.error("after(%s) failed", getattr(function, "__qualname__", function), exc_info=failed)  # noqa: TRY400
