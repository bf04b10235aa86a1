"""Actions that yield: over the wire in frames, drained for everyone else, and closed when their reader leaves."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from support.action_app import Tab, target, token
from support.asgi import HOST, Conversation, scope_of, settle
from support.runtime import MEDIA, Screen
from support.stock_app import Stage, export, frames_of, make_app, new_stage
from support.uvicorn_server import serving
from support.virtual_time import run
from support.waiting import until
from twofold import App, ConfigurationError, ContractError, ValidationFailed, action, cached, revalidate_tag
from twofold.actions.handover import Handover
from twofold.cache import MemoryStore, use
from twofold.locks import MemoryStore as MemoryLocks
from twofold.locks import hold
from twofold.locks import use as use_locks
from twofold.testing import Client

EXPORT = "support.stock_app.export"
FRAMES = {"Accept": MEDIA}


@pytest.fixture
def stage() -> Stage:
    return new_stage()


@pytest.fixture
def app(stage: Stage) -> App:
    return make_app()


@pytest.fixture
async def tab(app: App) -> AsyncIterator[Tab]:
    tab = Tab(app)
    yield tab
    await tab.client.aclose()


async def test_items_come_as_frames_and_the_last_one_is_the_result(tab: Tab, stage: Stage) -> None:
    answer = await tab.call(EXPORT, {}, **FRAMES)
    assert answer.headers["content-type"] == MEDIA
    assert frames_of(answer.text) == [{"item": 1}, {"item": 2}, {"item": 3}, {"data": 3}]
    assert stage.log[-1] == "closed"


async def test_who_reads_no_frames_gets_the_last_item(tab: Tab) -> None:
    assert (await tab.call(EXPORT, {})).json() == {"data": 3}


async def test_a_form_streams_to_the_runtime_and_refreshes_what_it_changed(app: App, stage: Stage) -> None:
    screen = await Screen(app).open("/export")
    stage.last = 2
    answer = await screen.submit(how="")
    assert [next(iter(frame)) for frame in answer.frames] == ["item", "item", "data", "receipt", "region", "sequence"]
    assert "<h1>2 rows</h1>" in answer.patches["page"]


async def test_with_javascript_off_the_last_item_is_the_result(app: App) -> None:
    async with Client(app) as client:
        page = await client.submit((await client.page("/export")).form(), how="")
    assert "<output>3</output>" in page.text


async def test_a_duplicate_gets_the_last_item_and_makes_none(tab: Tab, stage: Stage) -> None:
    await tab.call(EXPORT, {}, key="s" * 22)  # starts the session, to which a key belongs
    await tab.call(EXPORT, {}, **FRAMES)
    made = list(stage.log)
    again = await tab.call(EXPORT, {}, **FRAMES)
    assert frames_of(again.text) == [{"data": 3}]
    assert again.headers["idempotent-replayed"] == "true"
    assert stage.log == made


@pytest.mark.parametrize(
    ("how", "code"), [("tear", "TORN"), ("break", "INTERNAL"), ("cookie", "INTERNAL"), ("session", "INTERNAL")]
)
async def test_a_failure_after_the_first_item_is_the_last_frame(
    tab: Tab, stage: Stage, caplog: pytest.LogCaptureFixture, how: str, code: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    answer = await tab.call(EXPORT, {"how": how}, **FRAMES)
    first, last = frames_of(answer.text)
    assert (answer.status_code, first, last["failure"]["code"]) == (200, {"item": 1}, code)
    assert "canary" not in answer.text
    assert stage.log[-1] == "closed"


@pytest.mark.parametrize(("how", "status"), [("tear", 409), ("redirect", 200)])
async def test_what_ends_before_the_first_item_is_answered_like_any_action(tab: Tab, how: str, status: int) -> None:
    answer = await tab.call("support.stock_app.refuse", {"how": how}, **FRAMES)
    assert answer.status_code == status
    assert len(frames_of(answer.text)) == 1


async def test_a_call_from_python_is_iterated_over(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="only while a request is handled"):  # the session is a request's
        async for _ in export():
            pass
    assert stage.log == []


@pytest.mark.parametrize(("items", "seconds"), [(1_001, 0), (31, 1)])
def test_a_form_drains_no_endless_stream(items: int, seconds: int) -> None:
    async def main() -> None:
        app = make_app()
        tab = Tab(app)
        page = (await tab.open("/long")).text
        answer = await tab.post("/long" + target(page), {"_tf": token(page), "items": str(items), "seconds": str(seconds)})
        assert answer.status_code == 503
        await tab.client.aclose()

    new_stage()
    run(main())


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_a_reader_that_leaves_closes_the_stream(app: App, stage: Stage, http: str) -> None:
    body = json.dumps({"how": "wait"}).encode()
    head = [
        f"POST /_twofold/call?/{EXPORT} HTTP/1.1", f"host: {HOST}", "sec-fetch-site: same-origin", f"accept: {MEDIA}",
        "content-type: application/json", f"twofold-call: {'k' * 22}", f"content-length: {len(body)}",
    ]  # fmt: skip
    async with serving(app, http=http) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        assert b'{"item":1}' in await asyncio.wait_for(reader.readuntil(b'{"item":1}'), 10)
        writer.close()
        await until(lambda: "closed" in stage.log)
    assert "made 2" not in stage.log


async def test_an_item_is_made_when_the_one_before_it_was_read() -> None:
    handover: Handover[int] = Handover()
    made: list[int] = []

    async def make() -> None:
        for number in range(5):
            made.append(number)
            await handover.give(number)

    maker = asyncio.create_task(make())
    handover.ended_by(maker)
    read = []
    async for item in handover.items():
        read.append(item)
        assert len(made) <= len(read)
    assert read == made == [0, 1, 2, 3, 4]


# Readers in Python


class Told(ContractError, code="TOLD", status=409):
    """What a stream says instead of a KeyError."""


made: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    made.clear()


async def for_ever() -> None:
    made.append("waiting")
    await asyncio.get_running_loop().create_future()


@cached(tags="counted")
async def counted() -> int:
    return len(made)


@action(errors={KeyError: Told})
async def counting(last: int, how: str = "") -> AsyncIterator[int]:
    """Give numbers; wait or fail at the last one."""
    try:
        for number in range(1, last + 1):
            if number == last and how == "wait":
                await for_ever()
            if number == last and how == "fail":
                raise KeyError("canary")
            made.append(str(number))
            revalidate_tag("counted")
            yield number
    finally:
        made.append("closed")


@action(export=True)
async def doubling(last: int, how: str = "") -> AsyncIterator[int]:
    """Give what another stream gives, twice."""
    async for number in counting(last, how):
        yield 2 * number


@action(export=True)
async def stubborn() -> AsyncIterator[int]:
    """Take time to close."""
    try:
        yield 1
        await for_ever()
    finally:
        await asyncio.sleep(0)
        made.append("closed after a while")


def generated(stream: AsyncIterator[int]) -> AsyncGenerator[int, None]:
    assert isinstance(stream, AsyncGenerator)
    return stream


async def test_a_reader_in_python_gets_every_item() -> None:
    assert [item async for item in counting(3)] == [1, 2, 3]
    assert made == ["1", "2", "3", "closed"]


async def test_each_item_is_made_when_it_is_asked_for() -> None:
    async with aclosing(generated(counting(3))) as items:
        assert made == []
        for number in (1, 2):
            assert await anext(items) == number
            await settle()
            assert made == [str(one) for one in range(1, number + 1)]


async def test_a_reader_in_python_that_leaves_closes_the_stream() -> None:
    async with aclosing(generated(counting(3))) as items:
        async for _ in items:
            break
    assert made == ["1", "closed"]


async def read(stream: AsyncIterator[int], found: list[int]) -> None:
    async with aclosing(generated(stream)) as items:
        async for item in items:
            found.append(6 // (3 - item))  # noqa: PERF401  what was read before a failure counts


async def test_a_reader_in_python_that_fails_closes_the_stream() -> None:
    found: list[int] = []
    with pytest.raises(ZeroDivisionError):
        await read(counting(5), found)
    assert (found, made) == ([3, 6], ["1", "2", "3", "closed"])


async def test_a_reader_that_is_cancelled_while_an_item_is_made_closes_the_stream() -> None:
    reader = asyncio.create_task(read(counting(2, "wait"), []))
    await settle()
    assert made == ["1", "waiting"]
    reader.cancel()
    await asyncio.wait([reader])
    assert reader.cancelled()
    assert made == ["1", "waiting", "closed"]


async def test_what_a_stream_raises_reaches_its_reader_after_the_items_as_declared() -> None:
    found: list[int] = []
    with pytest.raises(Told) as failure:
        await read(counting(2, "fail"), found)
    assert (found, made) == ([3], ["1", "closed"])
    assert isinstance(failure.value.__cause__, KeyError)


async def test_arguments_are_refused_before_anybody_iterates() -> None:
    with pytest.raises(ValidationFailed):
        counting("many")  # type: ignore[arg-type]
    assert made == []


async def test_what_a_stream_revalidates_is_true_when_it_has_ended_or_was_left() -> None:
    with use(MemoryStore()):
        assert await counted() == 0
        async with aclosing(generated(counting(3))) as items:
            await anext(items)
            assert await counted() == 0  # its own reader is no part of the stream
        assert await counted() == 2
        assert [item async for item in counting(1)] == [1]
        assert await counted() == 4


async def test_two_streams_are_read_at_once() -> None:
    async with aclosing(generated(counting(2))) as one, aclosing(generated(counting(2))) as other:
        assert [await anext(items) for items in (one, other, other, one)] == [1, 1, 2, 2]


async def test_a_lock_around_a_step_is_free_while_the_reader_reads() -> None:
    @action
    async def stepping() -> AsyncIterator[int]:
        for number in (1, 2):
            async with hold("step"):
                found = number
            yield found

    locks = MemoryLocks()
    with use_locks(locks):
        async with aclosing(generated(stepping())) as items:
            for number in (1, 2):
                assert await anext(items) == number
                assert len(locks) == 0


# Readers on the wire


def call_of(name: str, body: dict[str, Any]) -> Conversation:
    headers = {"sec-fetch-site": "same-origin", "accept": MEDIA, "content-type": "application/json", "twofold-call": "w" * 22}
    conversation = Conversation(make_app(), scope_of("POST", f"/_twofold/call?/{__name__}.{name}", headers))
    conversation.put({"type": "http.request", "body": json.dumps(body).encode(), "more_body": False})
    return conversation


async def item_of(conversation: Conversation) -> Any:
    return json.loads((await conversation.take())["body"])


async def test_items_of_a_stream_inside_a_stream_are_not_the_callers(tab: Tab) -> None:
    answer = await tab.call(f"{__name__}.doubling", {"last": 2}, **FRAMES)
    assert frames_of(answer.text) == [{"item": 2}, {"item": 4}, {"data": 4}]
    assert made == ["1", "2", "closed"]


@pytest.mark.parametrize("how", ["disconnect", "cancel"])
async def test_a_stream_inside_a_stream_is_closed_with_it(how: str) -> None:
    async with call_of("doubling", {"last": 2, "how": "wait"}) as conversation:
        assert (await conversation.take())["type"] == "http.response.start"
        assert await item_of(conversation) == {"item": 2}
        await settle()
        assert made == ["1", "waiting"]
        if how == "disconnect":
            conversation.put({"type": "http.disconnect"})
            await conversation.end()
    assert made == ["1", "waiting", "closed"]


async def test_a_stream_may_await_while_it_closes() -> None:
    async with call_of("stubborn", {}) as conversation:
        await conversation.take()
        assert await item_of(conversation) == {"item": 1}
        await settle()
        conversation.put({"type": "http.disconnect"})
        await conversation.end()
        assert made == ["waiting", "closed after a while"]


async def test_a_stream_whose_reader_is_slow_waits_for_it() -> None:
    async with call_of("doubling", {"last": 3}) as conversation:
        await conversation.take()
        assert await item_of(conversation) == {"item": 2}
        await settle()
        assert made == ["1", "2"]  # the second one is on its way, and the third not made
