"""A process that is killed leaves everything or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import Popen

from shop_world import OWNER, PLENTY, SCARCE, check_books, next_line, open_shop, payment_event, start

from services.reservations import SWEEP_BATCH
from services.shop import Shop


@contextmanager
def running(program: str, *arguments: str) -> Iterator[Popen[str]]:
    """Run a program until it is killed, at the end of the block at the latest."""
    process = start(program, *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill_inside(shop_url: str, deed: str, subject: str) -> None:
    """Kill a process in the middle of a transaction."""
    with running("interrupted", shop_url, deed, subject) as process:
        assert next_line(process) == "inside\n"


async def test_a_kill_inside_a_reservation_leaves_nothing(shop_url: str) -> None:
    kill_inside(shop_url, "reserve", SCARCE)

    async with open_shop(shop_url) as shop:
        assert (await shop.catalog.get_product(SCARCE)).available == 3
        assert await shop.reservations.list_for(OWNER) == []
        retry = await shop.reservations.answer(SCARCE, 1, OWNER, "click")
        assert (retry.is_replay, retry.unwrap().status) == (False, "held")
        await check_books(shop)


async def test_a_kill_inside_a_payment_leaves_the_event_to_the_next_delivery(shop_url: str) -> None:
    async with open_shop(shop_url) as shop:
        held = await shop.reservations.reserve(SCARCE, 1, OWNER)

        kill_inside(shop_url, "pay", held.id)

        assert await shop.reservations.get(held.id, OWNER) == held
        processed = await shop.payments.process(payment_event("payment.succeeded", held, "evt_1"))
        assert (processed.is_duplicate, processed.status) == (False, "paid")
        await check_books(shop)


async def test_a_kill_inside_a_sweep_keeps_whole_batches(shop_url: str) -> None:
    async with open_shop(shop_url) as shop:
        await shop.stock.restock(PLENTY, 100)
        for _ in range(SWEEP_BATCH + 5):
            await shop.reservations.reserve(PLENTY, 1, OWNER)

        kill_inside(shop_url, "sweep", "all")

        assert (await shop.catalog.get_product(PLENTY)).held == 5
        await check_books(shop)


async def acknowledged_are_kept(shop: Shop, lines: list[str], owner: str) -> None:
    kept = {each.id: each.status for each in await shop.reservations.list_for(owner)}
    for line in lines:
        assert line.split()[1] in kept
    assert len(lines) <= len(kept) <= len(lines) + 1  # the last commit may have outrun its line
    retry = await shop.reservations.answer(PLENTY, 1, owner, f"click-{len(lines)}")
    assert retry.is_replay == (len(kept) > len(lines))
    await check_books(shop)


async def test_a_kill_at_any_time_loses_nothing_that_was_acknowledged(shop_url: str) -> None:
    async with open_shop(shop_url) as shop:
        for round_number, wanted in enumerate((1, 7, 20)):
            owner = f"session:{round_number}"
            with running("busy", shop_url, PLENTY, owner) as process:
                lines = [next_line(process) for _ in range(wanted)]
                process.kill()
                while (line := next_line(process)).endswith("\n"):
                    lines.append(line)
            await acknowledged_are_kept(shop, lines, owner)
