"""What a transaction changes is published after its commit, and never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from shop_databases import Shops
from shop_world import SCARCE, open_shop
from sqlalchemy import text

from services import outbox
from services.database import Changes, Database, note_change
from services.shop import Shop
from services.stock_moves import add
from twofold.cache import Pending
from twofold.errors import StoreUnavailable

TAGS = ("stock", f"stock:{SCARCE}")
Publishing = Callable[[], AbstractAsyncContextManager[Changes]]


def into(published: list[tuple[str, ...]], failure: type[Exception] | None = None) -> Publishing:
    """Publish into a list, or fail to."""

    @asynccontextmanager
    async def publishing() -> AsyncIterator[Changes]:
        changes = Pending()
        try:
            yield changes
        finally:
            if changes.tags:
                published.append(changes.tags)
                if failure is not None:
                    raise failure

    return publishing


@asynccontextmanager
async def opened(url: str, publishing: Publishing, *, has_outbox: bool = False) -> AsyncIterator[Database]:
    db = Database(url, publishing=publishing, has_outbox=has_outbox)
    try:
        yield db
    finally:
        await db.close()


@pytest.mark.parametrize("has_outbox", [False, True])
async def test_a_change_is_published_once_it_is_committed(shop_url: str, has_outbox: bool) -> None:
    published: list[tuple[str, ...]] = []
    async with opened(shop_url, into(published), has_outbox=has_outbox) as db:
        async with db.write() as session:
            assert await add(session, SCARCE, 1)
            assert published == []
        assert published == [TAGS]
        assert await db.leftovers() == {}


async def test_a_move_that_moves_nothing_changes_nothing(shop_url: str) -> None:
    published: list[tuple[str, ...]] = []
    async with opened(shop_url, into(published)) as db, db.write() as session:
        assert not await add(session, "Z-9", 1)
    assert published == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, StoreUnavailable])
async def test_what_is_rolled_back_is_never_published(shop_url: str, error: type[BaseException]) -> None:
    published: list[tuple[str, ...]] = []

    async def fail(db: Database) -> None:
        async with db.write() as session:
            await add(session, SCARCE, 1)
            raise error

    async with opened(shop_url, into(published), has_outbox=True) as db:
        with pytest.raises(error):
            await fail(db)
        assert (published, await db.leftovers()) == ([], {})


async def test_a_commit_without_an_answer_is_published(servers: Shops) -> None:
    published: list[tuple[str, ...]] = []
    url = servers.seeded()

    async def lose_the_connection(db: Database, other: Shop) -> None:
        async with db.write() as session:
            await add(session, SCARCE, 1)
            number = await session.scalar(text("SELECT pg_backend_pid()"))
            async with other.db.write() as another:
                await another.execute(text(f"SELECT pg_terminate_backend({number})"))

    async with opened(url, into(published)) as db, open_shop(url) as other:
        with pytest.raises(StoreUnavailable):
            await lose_the_connection(db, other)
    servers.clear()
    assert published == [TAGS]


async def test_what_could_not_be_published_stays_in_the_outbox_and_the_caller_is_done(shop_url: str) -> None:
    async with opened(shop_url, into([], StoreUnavailable), has_outbox=True) as db:
        async with db.write() as session:
            await add(session, SCARCE, 1)
        left = await db.leftovers()
        assert sorted(left.values()) == sorted(TAGS)
        await db.forget(left)
        assert await db.leftovers() == {}


async def test_without_an_outbox_the_caller_is_told_what_could_not_be_published(shop_url: str) -> None:
    async with opened(shop_url, into([], StoreUnavailable)) as db:
        with pytest.raises(StoreUnavailable):
            async with db.write() as session:
                await add(session, SCARCE, 1)


async def test_the_outbox_is_emptied_by_what_was_read_from_it_and_nothing_else(shop_url: str) -> None:
    async with opened(shop_url, into([], StoreUnavailable), has_outbox=True) as db:
        async with db.write() as session:
            note_change(session, "first")
        read = await db.leftovers()
        await db.forget(read)
        async with db.write() as session:  # a number that was free again would be taken here
            note_change(session, "second")
        await db.forget(read)
        assert list((await db.leftovers()).values()) == ["second"]


async def test_the_outbox_is_read_in_batches(shop_url: str) -> None:
    async with opened(shop_url, into([], StoreUnavailable), has_outbox=True) as db:
        async with db.write() as session:
            note_change(session, *(f"tag-{number}" for number in range(outbox.BATCH + 5)))
        first = await db.leftovers()
        await db.forget(first)
        assert (len(first), len(await db.leftovers())) == (outbox.BATCH, 5)
