"""One suite for every cache store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import aclosing
from itertools import islice

import pytest

from support.valkey import ServerTime, Ticking
from twofold.cache import PATH_PREFIX, Change, Entry, MemoryStore, Sequence, Store, Verdict, Versions, judge
from twofold.cache.redis import RedisStore
from twofold.redis import Redis
from twofold.testing.clock import FrozenClock

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.fixture(params=["memory", "redis"])
async def staged(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Store, Ticking]]:
    if request.param == "memory":
        clock = FrozenClock(0)
        yield MemoryStore(clock=clock), clock
    else:
        server = request.getfixturevalue("valkey")
        redis = Redis(server.url, deadline_seconds=10)
        yield RedisStore(redis), ServerTime(server)
        await redis.close()


@pytest.fixture
def store(staged: tuple[Store, Ticking]) -> Store:
    return staged[0]


@pytest.fixture
def clock(staged: tuple[Store, Ticking]) -> Ticking:
    return staged[1]


async def at_once(steps: Iterable[Awaitable[None]]) -> None:
    """Take many steps, a hundred at a time."""
    left = iter(steps)
    while some := list(islice(left, 100)):
        await asyncio.gather(*some)


def entry_of(tags: tuple[str, ...], versions: Versions, value: bytes = b"1") -> Entry:
    return Entry(value, versions.epoch, tags, versions.tokens, guards=versions.guards)


async def write(store: Store, tags: tuple[str, ...] = ("stock",), key: bytes = KEY, value: bytes = b"1") -> Entry:
    entry = entry_of(tags, await store.mint(tags, ()), value)
    await store.write(key, entry, fresh_seconds=None, stale_seconds=0)
    return entry


async def verdict(store: Store, tags: tuple[str, ...] = ("stock",), path: str | None = None, key: bytes = KEY) -> Verdict:
    return judge(await store.read(key, tags, path), path)


async def test_an_empty_store_knows_nothing(store: Store) -> None:
    lookup = await store.read(KEY, ("stock", "price"), "/p")
    assert (lookup.entry, lookup.tokens, lookup.guard) == (None, (None, None), None)
    assert await store.versions(("stock",)) == (None,)


async def test_minted_tokens_are_random_and_stay(store: Store) -> None:
    first = await store.mint(("stock", "price"), ())
    assert len({first.epoch, *first.tokens}) == 3
    assert {len(token) for token in first.tokens} == {16}
    assert await store.mint(("stock", "price"), ()) == first
    assert await store.versions(("price", "stock")) == first.tokens[::-1]


async def test_minting_keeps_what_exists_and_makes_what_is_missing(store: Store) -> None:
    (stock,) = (await store.mint(("stock",), ())).tokens
    minted = await store.mint(("price", "stock"), ())
    assert minted.tokens[1] == stock
    assert (await store.read(KEY, ("stock", "price"), None)).tokens == minted.tokens[::-1]


async def test_concurrent_minters_agree(store: Store) -> None:
    minted = await asyncio.gather(*(store.mint(("stock",), ()) for _ in range(20)))
    assert len({each.tokens for each in minted}) == 1


async def test_minting_without_tags_gives_the_epoch(store: Store) -> None:
    versions = await store.mint((), ())
    assert (versions.tokens, versions.guards) == ((), {})
    assert (await store.read(KEY, (), None)).epoch == versions.epoch


async def test_paths_have_no_token_until_they_are_revalidated(store: Store) -> None:
    assert (await store.mint((), ["/p"])).guards == {}
    await store.invalidate([], ["/p"])
    versions = await store.mint((), ["/p", "/q"])
    assert versions.guards.keys() == {"/p"}
    assert (await store.read(KEY, (), "/p")).guard == versions.guards["/p"]
    assert (await store.read(KEY, (), "/q")).guard is None


@pytest.mark.parametrize("value", [b"", b"null", b'"\xc3\xa9"', b"x" * 100_000])
async def test_an_entry_comes_back_as_it_was_written(store: Store, value: bytes) -> None:
    tags, inherited = ("stock", "price"), ("level:1", "level:2")
    await store.invalidate(inherited, ["/p"])
    versions = await store.mint(tags, ["/p"])
    tokens = (await store.mint(inherited, ())).tokens
    entry = Entry(value, versions.epoch, tags, versions.tokens, tuple(zip(inherited, tokens, strict=True)), versions.guards)
    await store.write(KEY, entry, fresh_seconds=None, stale_seconds=0)
    lookup = await store.read(KEY, tags, "/p")
    assert lookup.entry == entry
    assert judge(lookup, "/p") is Verdict.FRESH


async def test_keys_do_not_touch_each_other(store: Store) -> None:
    await write(store, key=KEY, value=b"1")
    await write(store, key=OTHER_KEY, value=b"2")
    found = [(await store.read(key, ("stock",), None)).entry for key in (KEY, OTHER_KEY)]
    assert [entry.value for entry in found if entry] == [b"1", b"2"]


async def test_the_last_entry_written_counts(store: Store) -> None:
    await write(store, value=b"1")
    await write(store, value=b"2")
    entry = (await store.read(KEY, ("stock",), None)).entry
    assert entry is not None
    assert entry.value == b"2"


async def test_a_revalidated_tag_outdates_its_entries_and_no_other(store: Store) -> None:
    await write(store, ("stock", "price"), KEY)
    await write(store, ("price",), OTHER_KEY)
    await store.invalidate(["stock"], [])
    assert await verdict(store, ("stock", "price")) is not Verdict.FRESH
    assert await verdict(store, ("price",), key=OTHER_KEY) is Verdict.FRESH


async def test_several_tags_are_revalidated_together(store: Store) -> None:
    before = (await store.mint(("a", "b", "c"), ())).tokens
    await store.invalidate(["a", "c"], [])
    after = (await store.mint(("a", "b", "c"), ())).tokens
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False]


async def test_every_revalidation_makes_new_tokens(store: Store) -> None:
    tokens, guards = set(), set()
    for _ in range(20):
        await store.invalidate(["stock"], ["/p"])
        versions = await store.mint(("stock",), ["/p"])
        tokens.add(versions.tokens)
        guards.add(versions.guards["/p"])
    assert (len(tokens), len(guards)) == (20, 20)


async def test_revalidating_nothing_changes_nothing(store: Store) -> None:
    await write(store)
    await store.invalidate([], [])
    assert await verdict(store) is Verdict.FRESH


async def test_what_was_computed_under_an_outdated_tag_is_never_served(store: Store) -> None:
    outdated = entry_of(("stock",), await store.mint(("stock",), ()))
    await store.invalidate(["stock"], [])
    await store.write(KEY, outdated, fresh_seconds=None, stale_seconds=0)
    assert not (await verdict(store)).is_served
    await write(store)
    assert await verdict(store) is Verdict.FRESH


async def test_a_revalidated_path_outdates_entries_for_its_page_alone(store: Store) -> None:
    await write(store)
    await store.invalidate([], ["/p"])
    assert await verdict(store, path="/p") is Verdict.PATH_REVALIDATED
    assert await verdict(store, path="/q") is Verdict.FRESH
    assert await verdict(store, path=None) is Verdict.FRESH


async def test_an_entry_that_carries_the_token_of_a_path_serves_its_page(store: Store) -> None:
    await store.invalidate([], ["/p"])
    entry = entry_of(("stock",), await store.mint(("stock",), ["/p"]))
    await store.write(KEY, entry, fresh_seconds=None, stale_seconds=0)
    assert await verdict(store, path="/p") is Verdict.FRESH
    await store.invalidate([], ["/p"])
    assert await verdict(store, path="/p") is Verdict.PATH_REVALIDATED


async def test_time_turns_fresh_into_expired_and_then_into_nothing(store: Store, clock: Ticking) -> None:
    entry = entry_of(("stock",), await store.mint(("stock",), ()))
    await store.write(KEY, entry, fresh_seconds=10, stale_seconds=5)
    found = []
    for seconds in (0, 9.75, 0.25, 4.75, 0.25):
        clock.tick(seconds)
        found.append(await verdict(store))
    assert found == [Verdict.FRESH, Verdict.FRESH, Verdict.EXPIRED, Verdict.EXPIRED, Verdict.ABSENT]


async def test_the_time_left_is_told(store: Store, clock: Ticking) -> None:
    entry = entry_of((), await store.mint((), ()))
    await store.write(KEY, entry, fresh_seconds=10, stale_seconds=5)
    clock.tick(4)
    assert (await store.read(KEY, (), None)).fresh_seconds == pytest.approx(6, abs=1)


async def test_an_entry_may_be_stale_from_the_start(store: Store) -> None:
    entry = entry_of((), await store.mint((), ()))
    await store.write(KEY, entry, fresh_seconds=-1, stale_seconds=5)
    assert await verdict(store, ()) is Verdict.EXPIRED


async def test_without_a_time_an_entry_stays(store: Store, clock: Ticking) -> None:
    await write(store)
    clock.tick(7 * 24 * 60 * 60)
    assert await verdict(store) is Verdict.FRESH


@pytest.mark.parametrize("odd", ["epoch", "*", "path:/p", "/p", "größe", "a b\nc", "\x00", "x" * 256, "{x}", "v:stock"])
async def test_odd_names_mean_only_themselves(store: Store, odd: str) -> None:
    await write(store)
    await store.invalidate([odd], [])
    assert await verdict(store, path="/p") is Verdict.FRESH
    await write(store, (odd,))
    assert await verdict(store, (odd,)) is Verdict.FRESH
    await store.invalidate([], [odd])
    assert await verdict(store, (odd,)) is Verdict.FRESH
    assert await verdict(store, (odd,), path=odd) is Verdict.PATH_REVALIDATED


async def test_a_path_keeps_its_token_or_everything_is_forgotten(store: Store) -> None:
    await write(store)
    await store.invalidate([], ["/p"])
    epoch = (await store.mint((), ())).epoch
    await at_once(store.invalidate([], [f"/other/{number}"]) for number in range(10_000))
    lookup = await store.read(KEY, ("stock",), "/p")
    assert lookup.guard is not None or lookup.epoch != epoch
    assert not judge(lookup, "/p").is_served


async def test_what_was_computed_before_everything_was_forgotten_is_never_served(store: Store) -> None:
    in_flight = entry_of(("stock",), await store.mint(("stock",), ["/p"]))
    await store.invalidate([], ["/p"])
    await at_once(store.invalidate([], [f"/other/{number}"]) for number in range(10_000))
    await store.write(KEY, in_flight, fresh_seconds=None, stale_seconds=0)
    assert not (await verdict(store, path="/p")).is_served


# The log


async def test_every_invalidation_takes_the_next_place_in_the_log(store: Store) -> None:
    beginning = await store.sequence()
    await store.invalidate(["stock", "price"], ["/p"])
    between = await store.sequence()
    await store.invalidate(["stock"], [])
    end = await store.sequence()
    assert {beginning.epoch, between.epoch, end.epoch} == {beginning.epoch}
    assert beginning.number < between.number < end.number
    assert await store.changes(beginning) == (
        Change(between, ("stock", "price", f"{PATH_PREFIX}/p")),
        Change(end, ("stock",)),
    )
    assert [await store.changes(place) for place in (between, end)] == [(Change(end, ("stock",)),), ()]
    assert sorted(await store.changed_tags(beginning) or ()) == [f"{PATH_PREFIX}/p", "price", "stock"]
    assert [list(await store.changed_tags(place) or ()) for place in (between, end)] == [["stock"], []]


async def test_reading_minting_and_writing_take_no_place_in_the_log(store: Store) -> None:
    beginning = await store.sequence()
    await write(store)
    await store.read(KEY, ("stock",), "/p")
    assert await store.sequence() == beginning


@pytest.mark.parametrize("place", ["another epoch", "still to come"])
async def test_a_place_that_the_log_does_not_know_has_no_changes(store: Store, place: str) -> None:
    await store.invalidate(["stock"], [])
    here = await store.sequence()
    unknown = Sequence("gone", here.number) if place == "another epoch" else here._replace(number=here.number + 1)
    assert await store.changes(unknown) is None
    assert await store.changed_tags(unknown) is None


async def test_a_place_too_far_back_is_not_known_or_known_whole(store: Store) -> None:
    beginning = await store.sequence()
    await at_once(store.invalidate([f"t:{number}"], []) for number in range(10_000))
    changes = await store.changes(beginning)
    assert changes is None or len(changes) == 10_000


async def test_a_follower_is_told_what_it_missed_and_what_happens(store: Store) -> None:
    beginning = await store.sequence()
    await store.invalidate(["missed"], [])
    found = []
    async with asyncio.timeout(10), aclosing(store.follow(beginning)) as changes:  # type: ignore[type-var]
        async for change in changes:
            assert change is not None
            found.append(change.tags)
            if len(found) == 3:
                break
            await store.invalidate([f"after {len(found)}"], [])
    assert found == [("missed",), ("after 1",), ("after 2",)]


async def test_a_follower_from_a_place_that_the_log_does_not_know_is_told_of_a_gap(store: Store) -> None:
    await store.invalidate(["stock"], [])
    async with asyncio.timeout(10), aclosing(store.follow(Sequence("gone", 1))) as changes:  # type: ignore[type-var]
        assert await anext(changes) is None
        await store.invalidate(["after"], [])
        assert await anext(changes) == Change(await store.sequence(), ("after",))
