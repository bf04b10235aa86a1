"""What begins at once gives its result at once; what waits is awaited as if it had just begun."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import pytest

from twofold.waiting import Waiting, begun


async def at_once(value: int) -> int:
    return value


async def later(*steps: float) -> str:
    for step in steps:
        await asyncio.sleep(step)
    return "done"


async def test_what_waits_for_nothing_has_its_result() -> None:
    assert begun(at_once(3)) == 3


@pytest.mark.parametrize("steps", [(0.0,), (0.001,), (0.0, 0.001, 0.0)])
async def test_what_waits_goes_on_when_it_is_awaited(steps: tuple[float, ...]) -> None:
    waiting = begun(later(*steps))

    assert isinstance(waiting, Waiting)
    assert await waiting == "done"


async def test_a_failure_comes_at_once_or_where_it_is_awaited() -> None:
    async def failing(seconds: float | None) -> None:
        if seconds is not None:
            await asyncio.sleep(seconds)
        raise LookupError

    with pytest.raises(LookupError):
        begun(failing(None))
    waiting = begun(failing(0.001))
    assert isinstance(waiting, Waiting)
    with pytest.raises(LookupError):
        await waiting


async def test_a_deadline_ends_what_waits_and_the_coroutine_knows() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    waiting = begun(endless())
    assert isinstance(waiting, Waiting)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await waiting
    assert ended == ["cancelled"]


async def test_what_is_no_coroutine_is_awaited_too() -> None:
    class Odd:
        def __await__(self) -> Generator[None, None, int]:
            yield
            return 4

    waiting = begun(Odd())
    assert isinstance(waiting, Waiting)
    assert await waiting == 4
