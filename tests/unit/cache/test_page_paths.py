"""What revalidating a path does to the reads of pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from twofold.cache import (
    MemoryStore,
    cached,
    current_path,
    rendering,
    revalidate_path,
    revalidate_tag,
    revalidation,
    set_default_store,
)
from twofold.cache.reading import MAX_GUARDS

truth = {"value": 0}
computed: list[int] = []


@cached(tags="t")
async def shown() -> int:
    computed.append(truth["value"])
    return truth["value"]


@pytest.fixture(autouse=True)
def _fresh(store: MemoryStore) -> None:
    truth["value"] = 0
    computed.clear()


async def revalidate(*paths: str) -> None:
    async with revalidation():
        for path in paths:
            revalidate_path(path)


async def on_page(path: str, read: Callable[[], Awaitable[int]] = shown) -> int:
    with rendering(path):
        return await read()


async def test_pages_share_the_value_of_a_function() -> None:
    for path in ("/a", "/b", "/c"):
        await on_page(path)
    await shown()
    assert len(computed) == 1


async def test_a_revalidated_page_reads_anew_and_the_others_profit() -> None:
    await on_page("/a")
    truth["value"] = 1
    await revalidate("/a/")
    assert [await on_page("/b"), await shown()] == [0, 0]
    assert [await on_page("/a"), await on_page("/a/"), await on_page("/b"), await shown()] == [1, 1, 1, 1]
    assert len(computed) == 2


async def test_a_page_is_newer_only_than_its_last_revalidation() -> None:
    for truth["value"] in range(3):
        await revalidate("/a")
        assert await on_page("/a") == truth["value"]


async def test_two_revalidated_pages_do_not_take_turns_in_computing() -> None:
    await revalidate("/a", "/b")
    for _ in range(5):
        await on_page("/a")
        await on_page("/b")
    assert len(computed) == 2


async def test_a_value_remembers_a_bounded_number_of_paths(store: MemoryStore) -> None:
    paths = [f"/{number}" for number in range(MAX_GUARDS + 5)]
    await revalidate(*paths)
    for path in paths:
        await on_page(path)
    computed.clear()
    for path in paths[-MAX_GUARDS:]:
        await on_page(path)
    assert computed == []
    await on_page(paths[0])
    assert len(computed) == 1


async def test_a_tag_revalidated_on_the_way_does_not_lose_the_paths() -> None:
    await revalidate("/a", "/b")
    await on_page("/a")
    await on_page("/b")
    async with revalidation():
        revalidate_tag("t")
    await shown()
    computed.clear()
    assert [await on_page("/a"), await on_page("/b")] == [0, 0]
    assert computed == []


async def test_a_page_whose_path_is_pending_reads_around_the_cache() -> None:
    await on_page("/a")
    async with revalidation():
        truth["value"] = 1
        revalidate_path("/a")
        assert [await on_page("/a"), await on_page("/b"), await shown()] == [1, 0, 0]
    assert await on_page("/a") == 1


async def test_a_store_that_forgets_paths_forgets_what_they_constrained() -> None:
    set_default_store(MemoryStore(max_paths=1))
    await on_page("/a")
    truth["value"] = 1
    await revalidate("/a")
    await revalidate("/b")
    assert await on_page("/a") == 1


async def test_the_path_being_rendered_is_known_inside_the_block_only() -> None:
    assert current_path.get() is None
    with rendering("/a/"):
        assert current_path.get() == "/a"
    assert current_path.get() is None
