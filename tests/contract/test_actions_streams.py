"""Actions that yield: over the wire in frames, drained for everyone else, and closed when their reader leaves."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from support.action_app import Tab, target, token
from support.asgi import HOST
from support.runtime import MEDIA, Screen
from support.stock_app import Stage, export, frames_of, make_app, new_stage
from support.uvicorn_server import serving
from support.virtual_time import run
from support.waiting import until
from twofold import App, ConfigurationError
from twofold.actions.handover import Handover
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
