"""The hub of live pages: what a stream is told, when, and when it is told no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from support.asgi import settle
from support.virtual_time import virtual_time
from twofold.cache import Change, MemoryStore, Sequence
from twofold.errors import StoreUnavailable
from twofold.live import Hub, Seats
from twofold.live.following import KEEP_ALIVE_SECONDS, RETRY_SECONDS
from twofold.live.hub import MAX_CHANGES, MAX_CHUNK_BYTES, PAUSE_SECONDS
from twofold.live.seats import neighbourhood
from twofold.live.stream import MAX_WAITING, Stream

AN_HOUR = 3_600


class Store(MemoryStore):
    """A store that counts its followers, and can be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.followers = 0
        self.is_away = False
        self.is_broken = False

    async def sequence(self) -> Sequence:
        if self.is_away:
            raise StoreUnavailable
        return await super().sequence()

    async def changes(self, since: Sequence) -> tuple[Change, ...] | None:
        if self.is_away:
            raise StoreUnavailable
        return await super().changes(since)

    async def follow(self, after: Sequence) -> AsyncIterator[Change | None]:  # type: ignore[override]
        self.followers += 1
        try:
            async for change in super().follow(after):
                if self.is_away:
                    raise StoreUnavailable
                if self.is_broken:
                    raise ValueError("canary")
                yield change
        finally:
            self.followers -= 1

    async def touch(self, *tags: str, paths: Collection[str] = ()) -> Sequence:
        await self.invalidate(tags, paths)
        return self._log.sequence


class Reader:
    """The far end of a stream."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.is_cut = False
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.chunks.append(message["body"])

    def cut(self) -> None:
        self.is_cut = True

    @property
    def events(self) -> list[str]:
        """What it was told since the place where it began."""
        return [one for one in b"".join(self.chunks[1:]).decode().split("\n\n") if one]


@asynccontextmanager
async def reading(hub: Hub, last: Sequence | None = None) -> AsyncIterator[Reader]:
    reader = Reader()

    async def first() -> bytes:
        return await hub.since(last)

    with hub.joined(Stream(reader.send, first, reader.cut)):
        await settle()
        yield reader


def hub_on(store: MemoryStore) -> Hub:
    return Hub(store, lambda tag: f"#{tag}")


def event(place: Sequence, *tags: str) -> str:
    names = ",".join(f'"#{tag}"' for tag in tags)
    return f"id: {place}\ndata: [{names}]"


@virtual_time
async def test_a_new_stream_begins_with_the_place_in_the_log() -> None:
    store = Store()
    place = await store.touch("a")
    async with reading(hub_on(store)) as reader:
        assert reader.chunks == [f"id: {place}\n\n".encode()]


@virtual_time
async def test_an_event_names_what_was_revalidated_under_its_place() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        place = await store.touch("a", "b", paths=["/shop"])
        await settle()
        assert reader.events == [event(place, "a", "b", "path:/shop")]


@virtual_time
async def test_the_first_event_leaves_at_once_and_a_burst_after_it_together() -> None:
    store = Store()
    loop = asyncio.get_running_loop()
    async with reading(hub_on(store)) as reader:
        places = [await store.touch("a")]
        await settle()
        assert loop.time() == 0
        assert reader.events == [event(places[0], "a")]
        for tag in "bcd":
            places.append(await store.touch(tag))
            await settle()
        assert len(reader.events) == 1
        await asyncio.sleep(PAUSE_SECONDS)
        await settle()
        assert reader.events == [event(place, tag) for place, tag in zip(places, "abcd", strict=True)]
        assert len(reader.chunks) == 3


@virtual_time
async def test_events_that_never_pause_are_told_all_the_same() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        for _ in range(100):
            last = await store.touch("a")
            await asyncio.sleep(PAUSE_SECONDS / 5)
        await asyncio.sleep(PAUSE_SECONDS)
        await settle()
        assert len(reader.events) == 100
        assert reader.events[-1] == event(last, "a")
        assert len(reader.chunks) <= 23


@virtual_time
async def test_all_streams_are_told_the_same_bytes() -> None:
    store = Store()
    hub = hub_on(store)
    async with reading(hub) as one, reading(hub) as other:
        await store.touch("a")
        await settle()
        assert one.chunks[-1] is other.chunks[-1]


@virtual_time
async def test_many_streams_are_one_follower_and_none_is_none() -> None:
    store = Store()
    hub = hub_on(store)
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(reading(hub))
        assert store.followers == 1
    await settle()
    assert store.followers == 0
    async with reading(hub) as reader:
        place = await store.touch("a")
        await settle()
        assert reader.events == [event(place, "a")]


@virtual_time
async def test_an_idle_stream_has_no_task() -> None:
    store = Store()
    hub = hub_on(store)
    async with reading(hub):
        few = len(asyncio.all_tasks())
        async with AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(reading(hub))
            assert len(asyncio.all_tasks()) == few


@virtual_time
async def test_a_reader_that_comes_back_is_told_what_it_missed() -> None:
    store = Store()
    seen = await store.touch("a")
    places = [await store.touch("b"), await store.touch("c")]
    async with reading(hub_on(store), last=seen) as reader:
        told = reader.chunks[0].decode().split("\n\n")[:-1]
        assert told == [event(places[0], "b"), event(places[1], "c")]


@virtual_time
async def test_a_reader_that_missed_nothing_is_told_so() -> None:
    store = Store()
    seen = await store.touch("a")
    async with reading(hub_on(store), last=seen) as reader:
        assert reader.chunks == [f"id: {seen}\n\n".encode()]


@pytest.mark.parametrize("last", [Sequence("gone", 7), Sequence("", 0)], ids=["another epoch", "no place at all"])
@virtual_time
async def test_a_reader_from_a_place_that_nobody_knows_resyncs(last: Sequence) -> None:
    store = Store()
    place = await store.touch("a")
    async with reading(hub_on(store), last=last) as reader:
        assert reader.chunks == [f"event: resync\nid: {place}\ndata: []\n\n".encode()]


@virtual_time
async def test_a_reader_that_missed_too_much_resyncs() -> None:
    store = Store()
    seen = await store.sequence()
    for _ in range(MAX_CHANGES + 1):
        place = await store.touch("a")
    async with reading(hub_on(store), last=seen) as reader:
        assert reader.chunks == [f"event: resync\nid: {place}\ndata: []\n\n".encode()]


@virtual_time
async def test_what_happens_while_a_stream_begins_is_not_lost() -> None:
    store = Store()
    hub = hub_on(store)
    seen = await store.sequence()
    reader = Reader()

    async def slow() -> bytes:
        told = await hub.since(seen)
        await store.touch("a")  # after the question, before the answer has left
        await asyncio.sleep(1)
        return told

    with hub.joined(Stream(reader.send, slow, reader.cut)):
        await asyncio.sleep(2)
        assert reader.events == [event(await store.sequence(), "a")]


@virtual_time
async def test_a_burst_beyond_the_limit_is_told_as_a_resync() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        for _ in range(3 * MAX_CHANGES):
            place = await store.touch("a")
        await asyncio.sleep(2 * PAUSE_SECONDS)
        assert reader.events[-1] == f"event: resync\nid: {place}\ndata: []"
        assert len(reader.events) <= 2


@virtual_time
async def test_a_change_of_very_many_tags_is_told_as_a_resync() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        place = await store.touch(*[f"tag:{number}" for number in range(MAX_CHUNK_BYTES // 8)])
        await settle()
        assert reader.events == [f"event: resync\nid: {place}\ndata: []"]


@virtual_time
async def test_a_gap_in_the_log_is_told_as_a_resync_and_following_goes_on() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        for _ in range(5_000):  # more than the log remembers, before the follower has its turn
            lost = await store.touch("a")
        await settle()
        assert reader.events == [f"event: resync\nid: {lost}\ndata: []"]
        await asyncio.sleep(PAUSE_SECONDS)
        place = await store.touch("b")
        await settle()
        assert reader.events[1:] == [event(place, "b")]


@virtual_time
async def test_an_idle_stream_gets_a_comment_before_a_proxy_closes_it() -> None:
    assert 15 <= KEEP_ALIVE_SECONDS <= 25
    async with reading(hub_on(Store())) as reader:
        await asyncio.sleep(3 * KEEP_ALIVE_SECONDS + 1)
        assert reader.chunks[1:] == [b": keep-alive\n\n"] * 3


@virtual_time
async def test_a_reader_that_does_not_read_is_cut_off_and_others_are_on_time() -> None:
    store = Store()
    hub = hub_on(store)
    async with reading(hub) as slow, reading(hub) as fast:
        slow.reads.clear()
        for number in range(MAX_WAITING + 10):
            place = await store.touch(f"tag:{number}")
            await settle()
            assert fast.events[-1] == event(place, f"tag:{number}")
            await asyncio.sleep(PAUSE_SECONDS)
        assert slow.is_cut
        assert not fast.is_cut
        slow.reads.set()
        await settle()
        assert len(slow.chunks) == 2  # the place, and what was on its way already


@virtual_time
async def test_a_reader_that_does_not_read_costs_nothing_while_nothing_happens() -> None:
    async with reading(hub_on(Store())) as slow:
        slow.reads.clear()
        await asyncio.sleep(AN_HOUR)
        assert not slow.is_cut
        slow.reads.set()
        await settle()
        assert slow.chunks[1:] == [b": keep-alive\n\n"]


@virtual_time
async def test_a_reader_that_left_is_told_nothing_more() -> None:
    store = Store()
    hub = hub_on(store)
    async with reading(hub):
        async with reading(hub) as left:
            left.reads.clear()
            await store.touch("a")
            await settle()
        left.reads.set()
        await store.touch("b")
        await settle()
        assert left.events == []


@virtual_time
async def test_an_outage_of_the_store_delays_events_and_loses_none() -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        store.is_away = True
        places = [await store.touch("a"), await store.touch("b")]
        await asyncio.sleep(5 * RETRY_SECONDS)
        assert reader.events == []
        store.is_away = False
        await asyncio.sleep(RETRY_SECONDS + PAUSE_SECONDS)
        assert reader.events == [event(places[0], "a"), event(places[1], "b")]


@virtual_time
async def test_a_stream_that_begins_during_an_outage_begins_after_it() -> None:
    store = Store()
    seen = await store.touch("a")
    store.is_away = True
    async with reading(hub_on(store), last=seen) as reader:
        place = await store.touch("b")
        await asyncio.sleep(5 * RETRY_SECONDS)
        assert reader.chunks == []
        store.is_away = False
        await asyncio.sleep(RETRY_SECONDS)
        assert reader.chunks == [f"{event(place, 'b')}\n\n".encode()]


@virtual_time
async def test_a_store_that_fails_in_its_own_way_is_logged_and_the_reader_resyncs(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    async with reading(hub_on(store)) as reader:
        store.is_broken = True
        place = await store.touch("a")
        await settle()
        store.is_broken = False
        await asyncio.sleep(RETRY_SECONDS + PAUSE_SECONDS)
        assert reader.events == [f"event: resync\nid: {place}\ndata: []"]
        assert "canary" in caplog.text
        await asyncio.sleep(PAUSE_SECONDS)
        place = await store.touch("b")
        await settle()
        assert reader.events[1:] == [event(place, "b")]


# Seats


def test_there_is_room_up_to_the_total() -> None:
    seats = Seats(total=2, per_address=2)
    with seats.one("192.0.2.1"):
        assert seats.has_room("192.0.2.2")
        with seats.one("192.0.2.2"):
            assert not seats.has_room("192.0.2.3")
        assert seats.has_room("192.0.2.3")
    assert seats.taken == 0


def test_one_address_leaves_room_for_others() -> None:
    seats = Seats(total=10, per_address=1)
    with seats.one("192.0.2.1"):
        assert not seats.has_room("192.0.2.1")
        assert seats.has_room("192.0.2.2")


def test_clients_without_an_address_share_the_total_only() -> None:
    seats = Seats(total=2, per_address=1)
    with seats.one(None):
        assert seats.has_room(None)
        with seats.one(None):
            assert not seats.has_room(None)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "testclient", True),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one_subscriber(one: str, other: str, *, is_same: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) is is_same
