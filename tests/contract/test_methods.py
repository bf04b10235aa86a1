"""Methods, as RFC 9110 has them: section 9 for what they mean, 10.2.1 for Allow, 15.5.6 and 15.6.2 for 405 and 501."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse

from support.asgi import Answer, exchange
from twofold import App, CallNext, Request, Response, Settings, WebSocket, use

SETTINGS = Settings(mode="test")
app = App(settings=SETTINGS)


@app.get("/items")
async def read() -> str:
    return "GET"


@app.post("/items")
async def create() -> str:
    return "POST"


@app.put("/items/{sku}")
async def put(sku: str) -> str:
    return "PUT"


@app.patch("/items/{sku}")
async def patch(sku: str) -> str:
    return "PATCH"


@app.delete("/items/{sku}")
async def delete(sku: str) -> str:
    return "DELETE"


@app.head("/head")
async def head() -> Response:
    return Response(headers={"x-method": "HEAD"})


@app.get("/own")
async def own_get() -> str:
    return "GET"


@app.head("/own")
async def own_head() -> Response:
    return Response(headers={"x-method": "HEAD"})


@app.options("/own")
async def own_options() -> str:
    return "OPTIONS"


@app.page("/page")
async def page() -> str:
    return "PAGE"


@app.websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.accept()


# The column is the method, the cell the status; in capitals the handler that answers with 200.
TABLE = """
              GET  HEAD  POST  PUT  PATCH  DELETE  OPTIONS  TRACE  CONNECT  PROPFIND  get  Get  WEBSOCKET  __class__  GE/T  GÉT
/items        GET  200   POST  405  405    405     204      501    501      501       501  501  501        501        400   400
/items/A-1    405  405   405   PUT  PATCH  DELETE  204      501    501      501       501  501  501        501        400   400
/head         405  HEAD  405   405  405    405     204      501    501      501       501  501  501        501        400   400
/own          GET  HEAD  405   405  405    405     OPTIONS  501    501      501       501  501  501        501        400   400
/page         PAGE 200   405   405  405    405     204      501    501      501       501  501  501        501        400   400
/socket       405  405   405   405  405    405     204      501    501      501       501  501  501        501        400   400
"""
ALLOW = {
    "/items": "GET, HEAD, OPTIONS, POST",
    "/items/A-1": "DELETE, OPTIONS, PATCH, PUT",
    "/head": "HEAD, OPTIONS",
    "/own": "GET, HEAD, OPTIONS",
    "/page": "GET, HEAD, OPTIONS, POST",
    "/socket": "OPTIONS",
}


def cells() -> list[tuple[str, str, str]]:
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [(row[0], method, cell) for row in rows for method, cell in zip(header, row[1:], strict=True)]


def ran(answer: Answer) -> str:
    return answer.headers.get("x-method") or answer.body.decode().strip('"')


@pytest.mark.parametrize(("path", "method", "cell"), cells())
async def test_method_has_its_answer(path: str, method: str, cell: str) -> None:
    answer = await exchange(app, method, path)
    if cell.isdecimal():
        assert answer.status == int(cell)
        # The page itself takes GET only: POST is there for its actions, each of which has an id in the query.
        allow = "GET, HEAD, OPTIONS" if (path, method) == ("/page", "POST") else ALLOW[path]
        assert answer.headers.get("allow") == (allow if cell in ("204", "405") else None)
    else:
        assert (answer.status, ran(answer)) == (200, cell)


@pytest.mark.parametrize(("path", "method", "cell"), [cell for cell in cells() if cell[2] in ("400", "405", "501")])
async def test_refused_method_is_told_in_the_wire_shape(path: str, method: str, cell: str) -> None:
    answer = await exchange(app, method, path, {"accept": "application/json"})
    code = {"400": "BAD_REQUEST", "405": "METHOD_NOT_ALLOWED", "501": "NOT_IMPLEMENTED"}[cell]
    assert answer.status == int(cell)
    assert answer.headers["cache-control"] == "no-store"
    if method != "HEAD":
        assert answer.json["code"] == code


@pytest.mark.parametrize("method", ["", "GET ", "G\x00T", "GET\n", "(GET)", "G" * 10_000, "%47ET"])
@pytest.mark.parametrize("path", ALLOW)
async def test_hostile_method_is_a_clients_fault(path: str, method: str) -> None:
    answer = await exchange(app, method, path)
    assert answer.status in (400, 501)


async def test_options_has_no_content() -> None:
    answer = await exchange(app, "OPTIONS", "/items")
    assert answer.body == b""
    assert not {"content-length", "content-type", "transfer-encoding"} & answer.headers.keys()


# HEAD

bodies = App(settings=SETTINGS)


@bodies.get("/typed")
async def typed() -> dict[str, int]:
    return {"a": 1}


@bodies.get("/response")
async def response() -> Response:
    return PlainTextResponse("text", headers={"x-own": "1", "cache-control": "max-age=5"})


@bodies.get("/nothing")
async def nothing() -> None:
    return None


@bodies.get("/validated")
async def validated(n: int) -> int:
    return n


@bodies.get("/failing")
async def failing() -> int:
    raise ValueError


@bodies.page("/page")
async def shown() -> str:
    return "page"


class Streamed:
    steps = 0


@bodies.get("/stream")
async def stream() -> AsyncIterator[str]:
    Streamed.steps += 1
    yield "a"


async def iterator() -> AsyncIterator[bytes]:
    Streamed.steps += 1
    yield b"a"


@bodies.get("/returned")
async def returned() -> AsyncIterator[bytes]:
    return iterator()


@bodies.get("/returned-at-once")
def returned_at_once() -> AsyncIterator[bytes]:
    return iterator()


TARGETS = [
    "/typed", "/response", "/nothing", "/validated?n=1", "/validated", "/page", "/page/", "/stream", "/returned",
    "/returned-at-once", "/absent", "/bad%ff",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
async def test_head_is_get_without_content(target: str) -> None:
    of_get, of_head = await exchange(bodies, "GET", target), await exchange(bodies, "HEAD", target)
    assert of_head.status == of_get.status
    assert of_head.raw_headers == of_get.raw_headers
    assert of_head.body == b""


async def test_head_of_a_failure_says_how_long_it_would_be() -> None:
    of_get, of_head = await exchange(bodies, "GET", "/failing"), await exchange(bodies, "HEAD", "/failing")
    assert (of_head.status, of_head.body) == (500, b"")
    assert of_head.headers == of_get.headers


@pytest.mark.parametrize("target", ["/stream", "/returned", "/returned-at-once"])
async def test_head_does_not_start_a_stream(target: str) -> None:
    Streamed.steps = 0
    assert (await exchange(bodies, "HEAD", target)).status == 200
    assert Streamed.steps == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("target", ["/typed", "/page"])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "application/json"}, b"{not json"),
        ({"content-type": "application/json", "content-length": str(10**12)}, b"{}"),
        ({"content-length": "-1"}, b""),
        ({"content-type": "multipart/form-data"}, b"\xff"),
        ({}, b"x" * 2_000_000),
    ],
)
async def test_body_of_a_safe_method_is_ignored(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    with_body = await exchange(bodies, method, target, headers, body)
    assert with_body == await exchange(bodies, method, target)


# Guards

guarded_runs: list[str] = []


async def guard(request: Request, call_next: CallNext) -> Response:
    guarded_runs.append(request.method)
    return PlainTextResponse("no", 401)


guarded = App(settings=SETTINGS, middleware=[guard])


@guarded.get("/handler")
async def guarded_handler() -> str:
    return "secret"


@guarded.page("/page")
async def guarded_page() -> str:
    return "secret"


@guarded.options("/own")
async def guarded_options() -> str:
    return "secret"


@pytest.mark.parametrize("path", ["/handler", "/page"])
async def test_automatic_options_is_not_behind_guards(path: str) -> None:
    """A preflight carries no credentials."""
    guarded_runs.clear()
    assert (await exchange(guarded, "OPTIONS", path)).status == 204
    assert guarded_runs == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/handler"), ("HEAD", "/handler"), ("POST", "/handler"), ("PROPFIND", "/handler"), ("GE/T", "/handler"),
        ("GET", "/page"), ("HEAD", "/page"), ("POST", "/page"), ("PUT", "/page"), ("POST", "/page?/any.action"),
        ("OPTIONS", "/own"), ("GET", "/own"), ("GET", "/absent"), ("DELETE", "/absent"), ("POST", "/_twofold/call?/any.action"),
    ],
)  # fmt: skip
async def test_everything_else_is_behind_guards(method: str, path: str) -> None:
    guarded_runs.clear()
    answer = await exchange(guarded, method, path)
    assert (answer.status, guarded_runs) == (401, [method])


@use(guard)
async def guarded_alone() -> str:
    return "secret"


async def test_guard_of_one_handler_is_not_the_guard_of_its_node() -> None:
    alone = App(settings=SETTINGS)
    alone.get("/")(guarded_alone)
    assert (await exchange(alone, "GET", "/")).status == 401
    assert (await exchange(alone, "HEAD", "/")).status == 401
    assert (await exchange(alone, "POST", "/")).status == 405
