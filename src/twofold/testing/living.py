"""An ASGI app between its start and its stop, as a server runs it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Living:
    """An ASGI app with its lifespan; calling it calls the app.

    Source: ASGI lifespan protocol. An app that does not know it is called all the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._state: dict[str, Any] = {}
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, with a copy of the lifespan's state."""
        await self._app({**scope, "state": dict(self._state)}, receive, send)

    async def start(self) -> None:
        """Start the app.

        Raises:
            Exception: what the app raised, or RuntimeError where it only says that it failed.
        """
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        self._task = asyncio.ensure_future(_run(self._app, scope, self._events.get, self._answers.put))
        answer = await self._answer("startup")
        if answer is None:
            self._task = None
        elif answer["type"] == "lifespan.startup.failed":
            await self._end()
            raise RuntimeError(answer.get("message") or "the app did not start")

    async def stop(self) -> None:
        """Stop the app, if it was started.

        Raises:
            Exception: what the app raised.
        """
        if self._task is not None:
            await self._answer("shutdown")
            await self._end()

    async def _answer(self, event: str) -> Message | None:
        """Send an event and wait for its answer; None from an app without a lifespan."""
        if self._task is None:
            return None
        await self._events.put({"type": f"lifespan.{event}"})
        answer = asyncio.ensure_future(self._answers.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return None

    async def _end(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            await task


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
