"""The answer to a call of a stream action: its items as they come, then what answers the end of any action."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from typing import Any, TypeAlias

from starlette.responses import Response

from twofold.actions.outcomes import Outcome
from twofold.actions.streaming import Streaming
from twofold.frames import Frames, item_frame

Ended: TypeAlias = tuple[Outcome, bool]
"""What a call came to, and whether it is a replay."""

Run: TypeAlias = Callable[[], Coroutine[Any, Any, Ended]]


async def answer_streamed(run: Run, respond: Callable[[Outcome, bool], Awaitable[Frames]]) -> Response:
    """Answer with the items of a run; a run that ends without one is answered like any other, with its own status.

    Args:
        respond: answers the end.
    """
    async with AsyncExitStack() as stack:
        streaming = await stack.enter_async_context(aclosing(Streaming(run)))
        if not await streaming.begins():
            return await respond(*await streaming.end())
        return Frames([], _frames(streaming, respond, stack.pop_all()))


async def _frames(
    streaming: Streaming[Ended], respond: Callable[[Outcome, bool], Awaitable[Frames]], until_sent: AsyncExitStack
) -> AsyncIterator[bytes]:
    async with until_sent:
        async for item in streaming.items():
            yield item_frame(item)
        end = await respond(*await streaming.end())
        async for chunk in end.chunks():
            yield chunk
