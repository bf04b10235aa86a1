"""What a handler returns, and what leaves: by its annotation, never by what happens to come out."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse

from support.asgi import exchange
from twofold import App, Redirect, Reply, Response, Settings, Status, cookies, redirect

app = App(settings=Settings(mode="test"))


class Colour(Enum):
    RED = "red"


class Item(BaseModel):
    sku: str
    price: Decimal = Decimal("1.50")


@dataclass
class Secretive:
    shown: str


@dataclass
class MoreSecretive(Secretive):
    hidden: str = "canary"


@app.get("/str")
async def text() -> str:
    return "é\N{SNOWMAN}"


@app.get("/int")
async def whole() -> int:
    return 5


@app.get("/null")
async def maybe() -> int | None:
    return None


@app.get("/decimal")
async def decimal() -> Decimal:
    return Decimal("0.10")


@app.get("/when")
async def when() -> tuple[datetime, date]:
    return datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), date(2030, 1, 2)


@app.get("/bytes")
async def raw() -> bytes:
    return b"\x00\xff"


@app.get("/list")
async def listed() -> list[Item]:
    return [Item(sku="a"), Item(sku="b", price=Decimal(2))]


@app.get("/tuple")
async def paired() -> tuple[int, str]:
    return 1, "a"


@app.get("/uuid")
async def unique() -> UUID:
    return UUID(int=1)


@app.get("/enum")
async def coloured() -> Colour:
    return Colour.RED


@app.get("/dataclass")
async def declared_type() -> Secretive:
    return MoreSecretive("a")


@app.get("/literal")
async def literal() -> Literal["a", "b"]:
    return "a"


TYPED = [
    ("/str", '"é\N{SNOWMAN}"'),
    ("/int", "5"),
    ("/null", "null"),
    ("/decimal", '"0.10"'),
    ("/when", '["2030-01-02T03:04:05Z","2030-01-02"]'),
    ("/bytes", '"AP8="'),
    ("/list", '[{"sku":"a","price":"1.50"},{"sku":"b","price":"2"}]'),
    ("/tuple", '[1,"a"]'),
    ("/uuid", '"00000000-0000-0000-0000-000000000001"'),
    ("/enum", '"red"'),
    ("/dataclass", '{"shown":"a"}'),
    ("/literal", '"a"'),
]


@pytest.mark.parametrize(("target", "body"), TYPED)
async def test_result_is_written_by_its_annotation(target: str, body: str) -> None:
    answer = await exchange(app, "GET", target)
    assert (answer.status, answer.body.decode()) == (200, body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.body))


# Statuses and headers


@app.post("/created")
async def created() -> Annotated[Item, Status(201)]:
    return Item(sku="a")


@app.post("/nothing")
async def nothing() -> None:
    return


@app.post("/accepted")
async def accepted() -> Annotated[None, Status(202)]:
    return


@app.post("/reply")
async def reply() -> Reply[Item]:
    return Reply(Item(sku="a"), status=201, headers={"Location": "/items/a", "X-Own": "1"})


@app.post("/reply-or-none")
async def reply_or_none() -> Reply[Item] | None:
    return None


@app.post("/reply-nothing")
async def reply_nothing() -> Reply[None]:
    return Reply(None, status=204, headers={"x-own": "1"})


@app.post("/reply-media")
async def reply_media() -> Reply[Item]:
    return Reply(Item(sku="a"), headers={"Content-Type": "application/vnd.shop+json", "X-Frame-Options": "SAMEORIGIN"})


@app.post("/sometimes-reply")
async def sometimes() -> Reply[Item] | Item:
    return Item(sku="a")


STATUSES = [
    ("/created", 201, True, {}),
    ("/nothing", 204, False, {}),
    ("/accepted", 202, False, {"content-length": "0"}),
    ("/reply", 201, True, {"location": "/items/a", "x-own": "1"}),
    ("/reply-or-none", 200, True, {}),
    ("/reply-nothing", 204, False, {"x-own": "1"}),
    ("/reply-media", 200, True, {"content-type": "application/vnd.shop+json", "x-frame-options": "SAMEORIGIN"}),
    ("/sometimes-reply", 200, True, {}),
]


@pytest.mark.parametrize(("target", "status", "has_content", "headers"), STATUSES)
async def test_result_has_its_status_and_headers(target: str, status: int, has_content: bool, headers: dict[str, str]) -> None:
    answer = await exchange(app, "POST", target)
    assert (answer.status, bool(answer.body)) == (status, has_content)
    assert headers.items() <= answer.headers.items()
    assert status != 204 or not {"content-length", "content-type"} & answer.headers.keys()


# Replies that would not be one response


@app.post("/bad-reply/{name}")
async def bad_reply(name: str) -> Reply[str]:
    return BAD_REPLIES[name]


BAD_REPLIES: dict[str, Reply[str]] = {
    "line break": Reply("x", headers={"x-own": "a\r\nset-cookie: canary=1"}),
    "bare feed": Reply("x", headers={"x-own": "a\nb"}),
    "nul": Reply("x", headers={"x-own": "a\0"}),
    "not ascii": Reply("x", headers={"x-own": "é"}),
    "name with colon": Reply("x", headers={"set-cookie: canary=1; x": "a"}),
    "name with space": Reply("x", headers={"x own": "a"}),
    "empty name": Reply("x", headers={"": "a"}),
    "length": Reply("x", headers={"Content-Length": "1"}),
    "framing": Reply("x", headers={"Transfer-Encoding": "chunked"}),
    "status too low": Reply("x", status=100),
    "status too high": Reply("x", status=600),
    "content where none can be": Reply("x", status=204),
    "content not modified": Reply("x", status=304),
    "wrong value": Reply(5),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", BAD_REPLIES)
async def test_reply_that_would_split_or_lie_is_a_fault_of_the_app(name: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await exchange(app, "POST", f"/bad-reply/{name.replace(' ', '%20')}")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert answer.json["digest"] in caplog.text
    assert "set-cookie" not in answer.headers
    assert "canary" not in str(answer)


# Responses


@app.get("/response/{name}")
async def response(name: str) -> Response:
    return RESPONSES[name]()


RESPONSES = {
    "text": lambda: PlainTextResponse("text", 418, headers={"x-own": "1"}),
    "html": lambda: HTMLResponse("<p>"),
    "file": lambda: FileResponse(__file__),
    "redirect": lambda: RedirectResponse("/x"),
    "empty": lambda: Response(status_code=204),
    "stream": lambda: StreamingResponse(iter(["a", "b"])),
}


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("text", 418, b"text"),
        ("html", 200, b"<p>"),
        ("file", 200, None),
        ("redirect", 307, b""),
        ("empty", 204, b""),
        ("stream", 200, b"ab"),
    ],
)
async def test_response_passes_as_it_is(name: str, status: int, body: bytes | None) -> None:
    answer = await exchange(app, "GET", f"/response/{name}")
    assert answer.status == status
    assert body is None or answer.body == body
    assert body is not None or b"test_response_passes_as_it_is" in answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"


@app.get("/either/{name}")
async def either(name: str) -> Item | Response:
    return Item(sku=name) if name == "item" else PlainTextResponse(name)


async def test_handler_returns_a_value_or_a_response() -> None:
    assert (await exchange(app, "GET", "/either/item")).json["sku"] == "item"
    assert (await exchange(app, "GET", "/either/other")).body == b"other"


# Redirects


@app.post("/redirect/{how}/{status}")
async def redirecting(how: str, status: int) -> Item | Redirect:
    cookies.set("seen", "1")
    if how == "returned":
        return redirect("/größe?a=b", status)
    try:
        raise redirect("/größe?a=b", status)  # noqa: TRY301 - in a try, because that must not swallow it
    except Exception:  # noqa: BLE001
        return Item(sku="swallowed")


@pytest.mark.parametrize("how", ["returned", "raised"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_leaves_returned_or_raised(how: str, status: int) -> None:
    answer = await exchange(app, "POST", f"/redirect/{how}/{status}")
    assert (answer.status, answer.headers["location"], answer.body) == (status, "/gr%C3%B6%C3%9Fe?a=b", b"")
    assert answer.headers["set-cookie"].startswith("seen=1;")


@app.get("/split")
async def split() -> Redirect:
    return redirect("/x\r\nset-cookie: a=b")


async def test_redirect_cannot_split_the_response() -> None:
    answer = await exchange(app, "GET", "/split")
    assert (answer.status, "set-cookie" in answer.headers) == (500, False)


# What does not fit


@app.get("/misfit/{name}")
async def misfit(name: str) -> Item:
    return MISFITS[name]  # type: ignore[no-any-return]


MISFITS: dict[str, Any] = {
    "none": None,
    "text": "canary",
    "dict": {"sku": 5, "price": "canary"},
    "list": [Item(sku="canary")],
    "other model": Secretive("canary"),
    "changed model": Item.model_construct(sku=5, price="canary"),
    "exception": ValueError("canary"),
    "generator": (one for one in "canary"),
    "class": Item,
}


@pytest.mark.parametrize("name", MISFITS)
async def test_result_that_does_not_fit_is_masked(name: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await exchange(app, "GET", f"/misfit/{name.replace(' ', '%20')}")
    assert answer.status == 500
    assert answer.json == {"error": "Something went wrong", "code": "INTERNAL", "digest": answer.json["digest"]}
    assert answer.json["digest"] in caplog.text
    assert b"canary" not in answer.body


@app.get("/none-misfit")
async def none_misfit() -> None:
    return 5  # type: ignore[return-value]


@app.get("/response-misfit")
async def response_misfit() -> Response:
    return "text"  # type: ignore[return-value]


@pytest.mark.parametrize("target", ["/none-misfit", "/response-misfit"])
async def test_result_without_a_type_is_masked(target: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await exchange(app, "GET", target)
    assert answer.status == 500
    assert "annotation" in caplog.text


# Sync handlers


@app.get("/sync")
def in_thread() -> str:
    cookies.set("from-thread", "1")
    return threading.current_thread().name


@app.get("/exhausted")
def exhausted() -> int:
    return next(iter(()))  # type: ignore[call-overload,no-any-return]


async def test_sync_handler_runs_in_a_thread_with_the_request() -> None:
    answer = await exchange(app, "GET", "/sync")
    assert answer.json.startswith("twofold_")
    assert answer.headers["set-cookie"].startswith("from-thread=1;")


async def test_sync_handler_that_runs_out_of_values_answers() -> None:
    """A future takes no StopIteration: the request would hang for ever."""
    assert (await exchange(app, "GET", "/exhausted")).status == 500


async def test_success_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "twofold"):
        await exchange(app, "GET", "/list")
    assert caplog.records == []
