"""What becomes of a running action when its browser hangs up: a real server, and connections that are closed half way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

import pytest
from markupsafe import Markup

from support.action_app import Tab, target, token, written
from support.asgi import HOST, Conversation, scope_of, settle
from support.stock_app import Stage, make_app, new_stage
from support.uvicorn_server import serving
from support.waiting import until
from twofold import App, action, revalidate_tag
from twofold.locks import MemoryStore as MemoryLocks

servers = pytest.mark.parametrize("http", ["h11", "httptools"])
KEY = "k" * 22


@pytest.fixture
def stage() -> Stage:
    return new_stage()


@pytest.fixture
def app() -> App:
    return make_app()


def request_of(name: str, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [
        f"POST /_twofold/call?/support.stock_app.{name} HTTP/1.1",
        f"host: {HOST}",
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        f"twofold-call: {KEY}",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def sending(port: int, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request and hang up at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    yield reader
    writer.close()
    await writer.wait_closed()


async def call_again(app: App, name: str) -> int:
    tab = Tab(app)
    answer = await tab.call(f"support.stock_app.{name}", {}, key=KEY)
    await tab.client.aclose()
    return answer.status_code


@servers
@pytest.mark.parametrize("name", ["search", "look"])
async def test_an_abortable_action_is_stopped_where_it_waits(
    http: str, name: str, app: App, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(app, http=http) as port:
        async with sending(port, request_of(name)):
            await stage.told(f"{name} begins")
        await until(lambda: f"{name} cleans up" in stage.log)
    assert stage.log == [f"{name} begins", f"{name} cleans up"]
    assert caplog.records == []


@servers
async def test_the_call_key_of_a_stopped_action_is_free_again(http: str, app: App, stage: Stage) -> None:
    async with serving(app, http=http) as port:
        async with sending(port, request_of("search")):
            await stage.told("search begins")
        stage.log.clear()
        again = asyncio.create_task(call_again(app, "search"))
        await stage.told("search begins")
        stage.gate.set()
        assert await again == 200


@servers
@pytest.mark.parametrize("name", ["charge", "count"])
async def test_every_other_action_runs_to_its_end(http: str, name: str, app: App, stage: Stage) -> None:
    async with serving(app, http=http) as port:
        async with sending(port, request_of(name)):
            await stage.told(f"{name} begins")
        await settle()
        stage.gate.set()
        await stage.told(f"{name} ends")
    assert stage.log == [f"{name} begins", f"{name} ends", f"{name} cleans up"]


@pytest.mark.parametrize("name", ["charge", "count"])
async def test_a_server_that_cancels_the_request_does_not_stop_them(name: str, app: App, stage: Stage) -> None:
    headers = {
        "sec-fetch-site": "same-origin",
        "content-type": "application/json",
        "twofold-call": KEY,
    }
    scope = scope_of("POST", f"/_twofold/call?/support.stock_app.{name}", headers)
    async with Conversation(app, scope) as conversation:
        conversation.put({"type": "http.request", "body": b"{}", "more_body": False})
        await stage.told(f"{name} begins")
    stage.gate.set()
    await stage.told(f"{name} ends")


@servers
async def test_an_abortable_action_whose_browser_stays_answers_like_any_other(http: str, app: App, stage: Stage) -> None:
    stage.gate.set()
    async with serving(app, http=http) as port, sending(port, request_of("search", b"{}", "connection: close")) as reader:
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"data":null}')


# Message by message

log: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    log.clear()


async def for_ever() -> None:
    log.append("waits")
    await asyncio.get_running_loop().create_future()


@action(export=True, abortable=True, lock="leaving", revalidates=["leaving"])
async def leave_early(text: str = "") -> None:
    """May be stopped, and holds what others wait for."""
    try:
        revalidate_tag("begun")
        await for_ever()
    finally:
        log.append("cleans up")


@action(export=True, abortable=True)
async def stay(text: str = "") -> str:
    """Will not be stopped."""
    with suppress(asyncio.CancelledError):
        await for_ever()
    await asyncio.sleep(0)
    log.append("has its effect")
    return "effect"


@action(export=True, abortable=True)
async def tidy(text: str = "") -> None:
    """Takes time to be stopped."""
    try:
        await for_ever()
    finally:
        await asyncio.sleep(0)
        log.append("is tidy")


def call_of(app: App, name: str, body: bytes = b"{}", **more: str) -> Conversation:
    headers = {"sec-fetch-site": "same-origin", "content-type": "application/json", "twofold-call": KEY, **more}
    conversation = Conversation(app, scope_of("POST", f"/_twofold/call?/{__name__}.{name}", headers))
    conversation.put({"type": "http.request", "body": body, "more_body": False})
    return conversation


async def until_it_waits_and_hang_up(conversation: Conversation) -> None:
    await settle()
    assert log == ["waits"]
    conversation.put({"type": "http.disconnect"})
    await conversation.end()


async def test_a_stopped_action_gives_its_lock_back_and_revalidates_what_it_may_have_changed() -> None:
    locks = MemoryLocks()
    app = make_app(locks=locks)
    async with call_of(app, "leave_early") as conversation:
        await settle()
        assert len(locks) == 1
        place = await app.setup.cache_store.sequence()
        await until_it_waits_and_hang_up(conversation)
    assert log == ["waits", "cleans up"]
    assert len(locks) == 0
    changes = await app.setup.cache_store.changes(place)
    assert [change.tags for change in changes or ()] == [("begun",)]


async def test_an_action_that_will_not_be_stopped_has_its_effect_which_is_kept_for_its_call_key(app: App) -> None:
    async with call_of(app, "stay") as conversation:
        await until_it_waits_and_hang_up(conversation)
    assert log == ["waits", "has its effect"]
    async with call_of(app, "stay") as conversation:
        assert (await conversation.take())["status"] == 200
        assert json.loads((await conversation.take())["body"]) == {"data": "effect"}
    assert log == ["waits", "has its effect"]


async def test_the_request_ends_after_the_action_that_it_stopped(app: App) -> None:
    async with call_of(app, "tidy") as conversation:
        await until_it_waits_and_hang_up(conversation)
        assert log == ["waits", "is tidy"]


async def test_a_form_of_an_abortable_action_is_stopped_too() -> None:
    app = make_app()

    @app.page("/leaving")
    async def leaving() -> Markup:
        return written(leave_early.form(), "text")

    tab = Tab(app)
    page = (await tab.open("/leaving")).text
    await tab.client.aclose()
    headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    conversation = Conversation(app, scope_of("POST", f"/leaving{target(page)}", headers))
    body = urlencode({"_tf": token(page), "text": "x"}).encode()
    conversation.put({"type": "http.request", "body": body, "more_body": False})
    async with conversation:
        await until_it_waits_and_hang_up(conversation)
    assert log == ["waits", "cleans up"]


async def test_a_call_from_python_is_stopped_by_its_task_alone() -> None:
    task = asyncio.create_task(leave_early())
    await settle()
    assert log == ["waits"]
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert log == ["waits", "cleans up"]
