"""The log of revalidations: places, how far back it knows, and whoever follows it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from support.asgi import settle
from twofold.cache import PATH_PREFIX, Change, Sequence
from twofold.cache.log import MemoryLog


def append(log: MemoryLog, *tags: str) -> Sequence:
    log.append(tags, ())
    return log.sequence


def tags_of(changes: tuple[Change, ...] | None) -> list[str] | None:
    return None if changes is None else [tag for change in changes for tag in change.tags]


# A place as text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("b39a7f14-12", Sequence("b39a7f14", 12)),
        ("e-0", Sequence("e", 0)),
        ("EPOCH7-007", Sequence("EPOCH7", 7)),
        ("e-" + "9" * 62, Sequence("e", int("9" * 62))),
    ],
)
def test_a_place_is_read(text: str, place: Sequence) -> None:
    assert Sequence.parse(text) == place


NO_PLACES = [
    "", "-", "e", "12", "e-", "-1", "e--1", "e-f-1", "e-1.5", "e-+1", "e-x", " e-1", "e-1\n", "e -1", "e-1\0", "é-1", "e-٣",
    "e-²", "e-" + "9" * 63,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_is_none(text: str) -> None:
    assert Sequence.parse(text) is None


def test_a_place_that_was_written_is_read_as_the_same() -> None:
    log = MemoryLog()
    place = append(log, "a")
    assert Sequence.parse(str(place)) == place


# What was revalidated after a place


def test_a_new_log_is_at_its_beginning_and_knows_of_nothing() -> None:
    log = MemoryLog()
    assert log.sequence.number == 0
    assert log.since(log.sequence) == ()


def test_every_invalidation_takes_the_next_place() -> None:
    log = MemoryLog()
    beginning = log.sequence
    places = [append(log, "a"), append(log, "a"), append(log, "b")]
    assert places == [Sequence(beginning.epoch, number) for number in (1, 2, 3)]
    assert log.since(beginning) == tuple(map(Change, places, [("a",), ("a",), ("b",)]))


def test_tags_and_paths_of_one_invalidation_are_one_change() -> None:
    log = MemoryLog()
    beginning = log.sequence
    log.append(["a", "b"], ["/p", "/"])
    assert log.since(beginning) == (Change(log.sequence, ("a", "b", f"{PATH_PREFIX}/p", f"{PATH_PREFIX}/")),)


@pytest.mark.parametrize("seen", range(4))
def test_only_what_came_after_the_place_is_told(seen: int) -> None:
    log = MemoryLog()
    places = [log.sequence, *(append(log, tag) for tag in "abc")]
    assert tags_of(log.since(places[seen])) == list("abc")[seen:]


def test_an_answer_does_not_grow_afterwards() -> None:
    log = MemoryLog()
    beginning = log.sequence
    append(log, "a")
    found = log.since(beginning)
    append(log, "b")
    assert tags_of(found) == ["a"]


def test_the_log_reaches_back_so_many_changes_and_no_further() -> None:
    log = MemoryLog(max_changes=3)
    places = [log.sequence, *(append(log, tag) for tag in "abcde")]
    known = [tags_of(log.since(place)) for place in places]
    assert known == [None, None, list("cde"), list("de"), ["e"], []]


def test_it_reaches_back_4096_changes_where_nothing_else_is_said() -> None:
    log = MemoryLog()
    beginning = log.sequence
    for _ in range(4_096):
        append(log, "a")
    found = log.since(beginning)
    assert found is not None
    assert (len(found), found[-1].sequence) == (4_096, log.sequence)
    append(log, "a")
    assert log.since(beginning) is None


def test_a_change_of_many_tags_is_one_change() -> None:
    log = MemoryLog(max_changes=1)
    beginning = log.sequence
    append(log, *(f"t:{number}" for number in range(1_000)))
    assert len(tags_of(log.since(beginning)) or ()) == 1_000


def test_a_place_that_is_still_to_come_is_not_known() -> None:
    log = MemoryLog()
    append(log, "a")
    assert log.since(log.sequence._replace(number=2)) is None


def test_another_life_of_the_log_is_not_known_whatever_its_number() -> None:
    log, before = MemoryLog(), MemoryLog()
    assert log.sequence.epoch != before.sequence.epoch
    append(log, "a")
    assert [log.since(place) for place in (before.sequence, append(before, "b"))] == [None, None]


def test_threads_that_append_share_no_place() -> None:
    log = MemoryLog()
    beginning = log.sequence
    may_begin = threading.Barrier(4)

    def work(name: str) -> None:
        may_begin.wait()
        for _ in range(200):
            append(log, name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = log.since(beginning)
    assert found is not None
    assert [change.sequence.number for change in found] == list(range(1, 801))
    assert Counter(tag for change in found for tag in change.tags) == dict.fromkeys("abcd", 200)


# Following


class Follower:
    """Reads what a log gives, as soon as it does."""

    def __init__(self, log: MemoryLog, after: Sequence) -> None:
        self.found: list[str | None] = []
        self.changed = asyncio.Event()
        self._changes: AsyncIterator[Change | None] = log.follow(after)
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async with aclosing(self._changes) as changes:  # type: ignore[type-var]
            async for change in changes:
                self.found.append(None if change is None else "+".join(change.tags))
                self.changed.set()

    async def read(self) -> list[str | None]:
        """Give what was found since the last time, when there is nothing more to find."""
        await settle()
        found, self.found = self.found, []
        return found

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def test_a_follower_is_told_what_it_missed_and_then_what_happens() -> None:
    log = MemoryLog()
    beginning = append(log, "before")
    append(log, "missed")
    follower = Follower(log, beginning)
    assert await follower.read() == ["missed"]
    append(log, "a")
    assert await follower.read() == ["a"]
    append(log, "b", "c")
    append(log, "d")
    assert await follower.read() == ["b+c", "d"]
    assert await follower.read() == []
    await follower.leave()


async def test_each_follower_is_told_everything_after_its_own_place() -> None:
    log = MemoryLog()
    beginning = log.sequence
    early = Follower(log, beginning)
    late = Follower(log, append(log, "a"))
    append(log, "b")
    assert [await early.read(), await late.read()] == [["a", "b"], ["b"]]
    await early.leave()
    append(log, "c")
    assert [await early.read(), await late.read()] == [[], ["c"]]
    await late.leave()


async def test_what_happens_while_a_follower_works_on_a_change_is_not_lost() -> None:
    log = MemoryLog()
    async with aclosing(log.follow(log.sequence)) as changes:  # type: ignore[type-var]
        append(log, "a")
        found = []
        async for change in changes:
            assert change is not None
            found.append(change.tags)
            if len(found) == 4:
                break
            append(log, f"after {len(found)}")
    assert found == [("a",), ("after 1",), ("after 2",), ("after 3",)]


async def test_a_follower_that_fell_behind_is_told_of_a_gap_once_and_goes_on_from_there() -> None:
    log = MemoryLog(max_changes=2)
    follower = Follower(log, log.sequence)
    await follower.read()
    for tag in "abc":
        append(log, tag)
    assert await follower.read() == [None]
    append(log, "d")
    assert await follower.read() == ["d"]
    await follower.leave()


async def test_as_many_changes_as_the_log_keeps_are_no_gap() -> None:
    log = MemoryLog(max_changes=2)
    follower = Follower(log, log.sequence)
    await follower.read()
    for tag in "ab":
        append(log, tag)
    assert await follower.read() == ["a", "b"]
    await follower.leave()


@pytest.mark.parametrize("place", ["gone", "still to come"])
async def test_a_follower_from_a_place_that_nobody_knows_is_told_of_a_gap_and_then_what_happens(place: str) -> None:
    log = MemoryLog()
    append(log, "before")
    after = Sequence("gone", 1) if place == "gone" else log.sequence._replace(number=9)
    follower = Follower(log, after)
    assert await follower.read() == [None]
    append(log, "a")
    assert await follower.read() == ["a"]
    await follower.leave()


async def test_an_invalidation_in_another_thread_wakes_a_follower() -> None:
    log = MemoryLog()
    follower = Follower(log, log.sequence)
    await follower.read()
    await asyncio.to_thread(append, log, "a")
    await asyncio.wait_for(follower.changed.wait(), 10)
    assert await follower.read() == ["a"]
    await follower.leave()


async def test_whoever_has_left_is_forgotten() -> None:
    log = MemoryLog()
    followers = [Follower(log, log.sequence) for _ in range(3)]
    await settle()
    assert len(log._followers) == 3
    for follower in followers:
        await follower.leave()
    assert log._followers == set()


def test_a_follower_whose_loop_was_closed_keeps_nobody_from_appending() -> None:
    log = MemoryLog()
    beginning = append(log, "before")
    append(log, "a")
    loop = asyncio.new_event_loop()
    changes = log.follow(beginning)
    first = loop.run_until_complete(anext(changes))
    loop.close()
    append(log, "b")
    assert first is not None
    assert first.tags == ("a",)
    assert tags_of(log.since(beginning)) == ["a", "b"]


def test_the_tags_of_a_log_are_those_of_its_changes() -> None:
    log = MemoryLog(max_changes=5)
    places = [log.sequence]
    for tags in (["a", "b"], ["a"], ["c"], ["b", "c"], ["a"], ["d"], ["d"]):
        log.append(tags, [])
        places.append(log.sequence)
    for place in places:
        changes = log.since(place)
        expected = None if changes is None else {tag for change in changes for tag in change.tags}
        found = log.tags_since(place)
        assert (None if found is None else set(found)) == expected
        assert found is None or len(found) == len(set(found))
    assert log.tags_since(places[0]) is log.tags_since(places[1]) is None
