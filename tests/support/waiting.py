"""Waiting for what another program or the network makes true in its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(fact: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for a fact that nothing announces."""
    async with asyncio.timeout(seconds):
        while not fact():  # noqa: ASYNC110  it happens at the other end of a connection, where no event can be set
            await asyncio.sleep(0.005)


async def until_told(fact: Callable[[], Awaitable[object]], *, seconds: float = 20) -> None:
    """Wait for a fact that has to be asked for."""
    async with asyncio.timeout(seconds):
        while not await fact():  # noqa: ASYNC110  as above
            await asyncio.sleep(0.005)
