"""One computation at a time."""

from __future__ import annotations

import asyncio

import pytest

from twofold.cache.flights import Flights
from twofold.errors import NotFound


class Held:
    """A computation that ends when it is told to."""

    def __init__(self) -> None:
        self.starts = 0
        self.is_cancelled = False
        self.end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.has_started = asyncio.Event()

    async def __call__(self) -> int:
        self.starts += 1
        self.has_started.set()
        try:
            return await self.end
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise


async def test_readers_of_one_name_share_one_computation() -> None:
    flights, held = Flights[int](), Held()
    readers = [asyncio.create_task(flights.join("a", held)) for _ in range(5)]
    await held.has_started.wait()
    held.end.set_result(7)
    assert await asyncio.gather(*readers) == [(7, True), *[(7, False)] * 4]
    assert held.starts == 1


async def test_readers_of_other_names_do_not() -> None:
    flights = Flights[int]()
    first, second = Held(), Held()
    readers = [asyncio.create_task(flights.join(name, held)) for name, held in (("a", first), ("b", second))]
    await asyncio.gather(first.has_started.wait(), second.has_started.wait())
    first.end.set_result(1)
    second.end.set_result(2)
    assert await asyncio.gather(*readers) == [(1, True), (2, True)]


async def test_a_name_is_free_again_afterwards() -> None:
    flights = Flights[int]()

    async def compute() -> int:
        return 1

    assert await flights.join("a", compute) == await flights.join("a", compute) == (1, True)
    held = Held()
    held.end.set_result(2)
    assert await flights.join("a", held) == (2, True)


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_a_cancelled_reader_takes_nobody_with_it(cancelled: int) -> None:
    flights, held = Flights[int](), Held()
    readers = [asyncio.create_task(flights.join("a", held)) for _ in range(2)]
    await held.has_started.wait()
    readers[cancelled].cancel()
    with pytest.raises(asyncio.CancelledError):
        await readers[cancelled]
    held.end.set_result(7)
    assert await readers[1 - cancelled] == (7, cancelled == 1)
    assert not held.is_cancelled


@pytest.mark.parametrize("error", [ValueError("no"), NotFound()])
async def test_every_reader_gets_the_error(error: BaseException) -> None:
    flights, held = Flights[int](), Held()
    readers = [asyncio.create_task(flights.join("a", held)) for _ in range(3)]
    await held.has_started.wait()
    held.end.set_exception(error)
    assert await asyncio.gather(*readers, return_exceptions=True) == [error] * 3


async def test_a_computation_that_cancels_itself_cancels_its_starter_alone() -> None:
    flights, first, second = Flights[int](), Held(), Held()
    starter = asyncio.create_task(flights.join("a", first))
    await first.has_started.wait()
    follower = asyncio.create_task(flights.join("a", second))
    other = asyncio.create_task(flights.join("a", second))
    asyncio.get_running_loop().call_soon(first.end.cancel)
    with pytest.raises(asyncio.CancelledError):
        await starter
    await second.has_started.wait()
    second.end.set_result(7)
    assert await asyncio.gather(follower, other) == [(7, True), (7, False)]
    assert second.starts == 1


async def test_a_reader_that_comes_as_a_computation_is_cancelled_starts_another() -> None:
    flights, second = Flights[int](), Held()
    second.end.set_result(7)
    late: list[asyncio.Task[tuple[int, bool]]] = []

    async def cancels_itself() -> int:
        late.append(asyncio.create_task(flights.join("a", second)))
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await flights.join("a", cancels_itself)
    assert await late[0] == (7, True)


async def test_starting_awaits_nothing_and_reports_errors() -> None:
    flights, held = Flights[int](), Held()
    errors: list[BaseException] = []
    for _ in range(3):
        flights.start("a", held, errors.append)
    await held.has_started.wait()
    failure = ValueError("no")
    held.end.set_exception(failure)
    with pytest.raises(ValueError, match="no"):
        await flights.join("a", held)
    assert held.starts == 1
    assert errors == [failure]


def test_two_event_loops_do_not_share_a_computation() -> None:
    flights = Flights[int]()
    loops = [asyncio.new_event_loop() for _ in range(2)]

    async def compute() -> int:
        return 1

    first = loops[0].create_task(flights.join("a", compute))
    loops[0].call_soon(loops[0].stop)
    loops[0].run_forever()  # the computation has started and is held
    assert loops[1].run_until_complete(flights.join("a", compute)) == (1, True)
    assert loops[0].run_until_complete(first) == (1, True)
    for loop in loops:
        loop.close()
