"""WebSocket handlers: a handshake is a GET behind the same guards, and the origin decision comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from starlette.responses import PlainTextResponse

from support.asgi import ORIGIN, Conversation, Message, exchange, socket
from twofold import (
    App,
    CallNext,
    Cookie,
    Depends,
    Forbidden,
    Header,
    NotFound,
    Request,
    Response,
    Settings,
    WebSocket,
    after,
    redirect,
    session,
)

trace: list[str] = []
app = App(settings=Settings(mode="test"))
OWN = {"origin": ORIGIN}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    trace.clear()


async def database() -> AsyncIterator[str]:
    trace.append("open")
    try:
        yield "db"
    finally:
        trace.append("close")


async def caller(request: Request, x_user: Annotated[str, Header()] = "nobody") -> str:
    return f"{x_user} at {request.url.path} by {request.method}"


@app.websocket("/echo/{n}")
async def echo(
    n: int,
    socket: WebSocket,
    who: Annotated[str, Depends(caller)],
    db: Annotated[str, Depends(database)],
    theme: Annotated[str, Cookie()] = "light",
    tags: tuple[str, ...] = (),
) -> None:
    await socket.accept()
    await socket.send_json([n, who, db, theme, *tags])
    async for text in socket.iter_text():
        await socket.send_text(text * n)
    trace.append("ended")


FAILURES: dict[str, Any] = {
    "error": ValueError("canary-text"),
    "forbidden": Forbidden("canary-told", details="canary"),
    "not-found": NotFound(),
    "redirect": redirect("/x"),
}


@app.websocket("/failing/{name}")
async def failing(socket: WebSocket, name: str, accept: bool = False) -> None:
    if accept:
        await socket.accept()
    raise FAILURES[name]


@app.websocket("/closing")
async def closing(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(4000)
    raise ValueError


@app.websocket("/silent")
async def silent(socket: WebSocket) -> None:
    after(trace.append, "after")


@app.websocket("/session")
async def with_session(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(session.get("user", "nobody"))


@app.get("/http")
async def over_http() -> str:
    return "http"


@app.page("/page")
async def page() -> str:
    return "page"


async def said(conversation: Conversation) -> Message:
    message = await conversation.take()
    assert message["type"] == "websocket.send"
    return message


def words(text: str) -> Message:
    return {"type": "websocket.receive", "text": text}


GONE: Message = {"type": "websocket.disconnect", "code": 1001}


async def test_conversation_has_parameters_like_every_handler() -> None:
    headers = {**OWN, "x-user": "me", "cookie": "theme=dark"}
    async with socket(app, "/echo/3?tags=a&tags=b", headers) as conversation:
        assert (await conversation.take())["type"] == "websocket.accept"
        assert (await said(conversation))["text"] == '[3,"me at /echo/3 by GET","db","dark","a","b"]'
        conversation.put(words("ab"))
        assert (await said(conversation))["text"] == "ababab"
        conversation.put(GONE)
        await conversation.end()
    assert trace == ["open", "ended", "close"]


async def test_dependencies_close_when_the_client_leaves_in_the_middle() -> None:
    async with socket(app, "/echo/1", OWN) as conversation:
        await conversation.take()
        conversation.put(GONE)
        await conversation.end()
    assert trace[-1] == "close"


REFUSALS: list[tuple[str, dict[str, str]]] = [
    ("/echo/1", {"origin": "https://evil.example"}),
    ("/echo/1", {"origin": "null"}),
    ("/echo/1", {"origin": "https://shop.example.evil.example"}),
    ("/echo/1", {"origin": "garbage"}),
    ("/echo/1", {"sec-fetch-site": "cross-site"}),
    ("/echo/1", {"sec-fetch-site": "same-site", **OWN}),
    ("/echo/1", {"cookie": "theme=dark"}),
    ("/echo/x", OWN),
    ("/echo/1?tags=%ff", OWN),
    ("/failing/error", OWN),
    ("/failing/forbidden", OWN),
    ("/failing/not-found", OWN),
    ("/failing/redirect", OWN),
    ("/absent", OWN),
    ("/http", OWN),
    ("/page", OWN),
    ("/%zz", OWN),
    ("/" + "a" * 9_000, OWN),
    ("/_twofold/call", OWN),
]


@pytest.mark.parametrize(("target", "headers"), REFUSALS, ids=[f"{target[:20]} {headers}" for target, headers in REFUSALS])
async def test_handshake_is_refused_before_it_is_accepted(target: str, headers: dict[str, str]) -> None:
    async with socket(app, target, headers) as conversation:
        assert (await conversation.take())["type"] == "websocket.close"
        await conversation.end()
    assert trace.count("open") == trace.count("close")


ANSWERED = [
    ("/absent", 404),
    ("/http", 404),
    ("/echo/x", 404),
    ("/echo/1?tags=%ff", 422),
    ("/failing/error", 500),
    ("/failing/forbidden", 403),
    ("/failing/not-found", 404),
    ("/failing/redirect", 303),
]


@pytest.mark.parametrize(("target", "status"), ANSWERED)
async def test_server_that_can_is_given_the_answer_of_a_refusal(target: str, status: int) -> None:
    async with socket(app, target, OWN, extensions={"websocket.http.response": {}}) as conversation:
        start = await conversation.take()
        assert (start["type"], start["status"]) == ("websocket.http.response.start", status)
        assert b"canary-text" not in (await conversation.take())["body"]
        await conversation.end()


@pytest.mark.parametrize("headers", [{}, OWN, {"sec-fetch-site": "same-origin"}, {"authorization": "Bearer x"}])
async def test_handshake_of_this_site_or_without_cookies_is_accepted(headers: dict[str, str]) -> None:
    async with socket(app, "/echo/1", headers) as conversation:
        assert (await conversation.take())["type"] == "websocket.accept"


@pytest.mark.parametrize(
    ("name", "code", "is_logged"),
    [("error", 1011, True), ("redirect", 1011, False), ("forbidden", 1008, False), ("not-found", 1008, False)],
)
async def test_failure_closes_the_conversation(name: str, code: int, is_logged: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with socket(app, f"/failing/{name}?accept=1", OWN) as conversation:
        await conversation.take()
        close = await conversation.take()
        assert (close["type"], close["code"]) == ("websocket.close", code)
        assert "canary" not in str(close)
        await conversation.end()
    assert ("digest" in caplog.text) is is_logged


async def test_handler_that_closed_the_conversation_may_still_fail(caplog: pytest.LogCaptureFixture) -> None:
    async with socket(app, "/closing", OWN) as conversation:
        await conversation.take()
        assert (await conversation.take())["code"] == 4000
        await conversation.end()
    assert "digest" in caplog.text


async def test_handler_that_returns_ends_the_conversation() -> None:
    async with socket(app, "/silent", OWN) as conversation:
        assert await conversation.take() == {"type": "websocket.close", "code": 1000, "reason": ""}
        await conversation.end()
    async with socket(app, "/session", OWN) as conversation:
        await conversation.take()
        await conversation.take()
        assert (await conversation.take())["code"] == 1000
        await conversation.end()


async def test_work_put_off_is_done_after_the_conversation() -> None:
    async with socket(app, "/silent", OWN) as conversation:
        await conversation.end()
    assert trace == ["after"]


async def test_session_is_read_from_the_handshake() -> None:
    async with socket(app, "/session", OWN) as conversation:
        await conversation.take()
        assert (await said(conversation))["text"] == "nobody"


# Guards


async def guard(request: Request, call_next: CallNext) -> Response:
    trace.append(f"guard {request.method} {request.url.path}")
    if request.headers.get("x-key") != "open":
        return PlainTextResponse("closed", 401)
    response = await call_next(request)
    trace.append(f"out {response.status_code}")
    return response


async def failing_guard(request: Request, call_next: CallNext) -> Response:
    raise Forbidden


guarded = App(settings=Settings(mode="test"), middleware=[guard])
guarded.websocket("/echo/{n}")(echo)
closed = App(settings=Settings(mode="test"), middleware=[failing_guard])
closed.websocket("/echo/{n}")(echo)


async def test_guard_of_a_folder_stands_before_its_sockets() -> None:
    async with socket(guarded, "/echo/1", OWN) as conversation:
        assert (await conversation.take())["type"] == "websocket.close"
        await conversation.end()
    async with socket(guarded, "/echo/1", OWN, extensions={"websocket.http.response": {}}) as conversation:
        assert (await conversation.take())["status"] == 401
        assert (await conversation.take())["body"] == b"closed"
        await conversation.end()
    assert trace == ["guard GET /echo/1", "guard GET /echo/1"]


async def test_guard_that_lets_in_sees_the_whole_conversation() -> None:
    async with socket(guarded, "/echo/1", {**OWN, "x-key": "open"}) as conversation:
        assert (await conversation.take())["type"] == "websocket.accept"
        conversation.put(GONE)
        await conversation.end()
    assert (trace[0], trace[-1]) == ("guard GET /echo/1", "out 101")


async def test_guard_that_fails_refuses() -> None:
    async with socket(closed, "/echo/1", OWN) as conversation:
        assert (await conversation.take())["type"] == "websocket.close"
        await conversation.end()
    assert trace == []


async def test_unknown_host_is_refused() -> None:
    strict = App(settings=Settings(mode="test", allowed_hosts=("shop.example",)))
    strict.websocket("/echo/{n}")(echo)
    for host, expected in (("evil.example", "websocket.close"), ("shop.example", "websocket.accept")):
        async with socket(strict, "/echo/1", {"host": host}) as conversation:
            assert (await conversation.take())["type"] == expected


async def test_socket_does_not_answer_http() -> None:
    assert (await exchange(app, "GET", "/session")).status == 405
