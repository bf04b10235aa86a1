"""What becomes of a running action when its browser leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from twofold.actions.action import Action
from twofold.call import Call
from twofold.idempotency.once import shielded

T = TypeVar("T")


async def run_watched(call: Call, action: Action[..., Any], run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an action for a browser that may leave: an abortable one is stopped then, every other runs to its end.

    Raises:
        ClientDisconnect: the browser has left and the action was stopped.
    """
    if action.is_abortable and call.is_read:
        return await _while_there(call.receive, run)
    if action.is_idempotent:
        return await shielded(run())  # `once` does it for those that have a call key
    return await run()


async def _while_there(receive: Receive, run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    effect = asyncio.ensure_future(run())
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait({effect, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        # An action that will not be stopped has its effect, which counts; and nobody may wait for its end but us.
        if not effect.done():
            effect.cancel()
            await asyncio.wait({effect})
    if gone.done() and effect.cancelled():
        raise ClientDisconnect
    return effect.result()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
