"""@dedupe: one event, one effect, one answer, however its deliveries come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from starlette.responses import StreamingResponse

from support.asgi import Answer, exchange, settle
from twofold import (
    App,
    ConfigurationError,
    Conflict,
    Header,
    Redirect,
    Reply,
    Response,
    Settings,
    Status,
    call_key,
    limit,
    redirect,
    revalidate_tag,
    same_origin,
    verify,
)  # fmt: skip
from twofold.cache import cached
from twofold.handlers import declarations_of
from twofold.idempotency import drain
from twofold.webhooks import GitHub, dedupe

SIGNATURE = GitHub(secret="a-secret-of-the-tests")
REPLAYED = "idempotent-replayed"
ran: list[str] = []
keys: list[str | None] = []
gates: list[asyncio.Event] = []
stock = {"A-1": 1}


@dataclass
class Event:
    id: str
    amount: int = 1


@dataclass
class Received:
    id: str
    number: int


@pytest.fixture(autouse=True)
def gate() -> asyncio.Event:
    """What some handlers wait for; open, unless a test closes it."""
    opened = asyncio.Event()
    opened.set()
    gates[:] = [opened]
    ran.clear()
    keys.clear()
    return opened


@pytest.fixture
def app() -> App:
    return make_app()


def by_id(event: Event) -> str:
    return event.id


@verify(SIGNATURE)
@dedupe(by=lambda event: event.id)
async def receive(event: Event) -> Annotated[Received, Status(202)]:
    keys.append(call_key())
    await gates[0].wait()
    ran.append(event.id)
    return Received(event.id, len(ran))


@dedupe(by=by_id)
def receive_in_a_thread(event: Event) -> int:
    ran.append(event.id)
    return len(ran)


@dedupe(by=by_id)
async def nothing(event: Event) -> None:
    ran.append(event.id)


@dedupe(by=lambda x_github_delivery: x_github_delivery)
async def delivered(event: Event, x_github_delivery: Annotated[str, Header()]) -> int:
    ran.append(x_github_delivery)
    return event.amount


@dedupe(by=lambda event: event.amount)
async def numbered(event: Event) -> str:
    ran.append(event.id)
    return event.id


@dedupe(by=by_id)
async def reply(event: Event) -> Reply[Received]:
    ran.append(event.id)
    return Reply(Received(event.id, len(ran)), 201 if event.amount else 503, {"x-number": str(len(ran))})


@dedupe(by=by_id)
async def response(event: Event) -> Response | Received:
    ran.append(event.id)
    if event.amount == 2:
        return Received(event.id, len(ran))
    answer = Response(b"\xff\n%d" % len(ran), 200 if event.amount else 500, {"x-number": str(len(ran))}, "text/x-own")
    answer.set_cookie("a", "b")
    return answer


@dedupe(by=by_id)
async def elsewhere(event: Event) -> Redirect | None:
    ran.append(event.id)
    return redirect("/events") if event.amount else None


@dedupe(by=by_id)
async def failing(event: Event) -> int:
    ran.append(event.id)
    if len(ran) == 1:
        raise Conflict("not yet")
    if len(ran) == 2:
        raise RuntimeError("not yet either")
    return len(ran)


@dedupe(by=lambda labels: labels["id"])
async def looked_up(labels: dict[str, str]) -> None:
    ran.append(labels["id"])


@dedupe(by=by_id)
async def streaming(event: Event) -> Response:
    return StreamingResponse(iter([b"x"]))


@cached(tags=["stock"])
async def level(sku: str) -> int:
    return stock[sku]


async def show() -> int:
    return await level("A-1")


@dedupe(by=by_id)
async def add(event: Event) -> None:
    await gates[0].wait()
    stock["A-1"] += event.amount
    revalidate_tag("stock")


POSTS: dict[str, Callable[..., Any]] = {
    "/events": receive,
    "/others": receive_in_a_thread,
    "/nothing": nothing,
    "/delivery": delivered,
    "/number": numbered,
    "/reply": reply,
    "/response": response,
    "/redirect": elsewhere,
    "/failing": failing,
    "/lookup": looked_up,
    "/streaming": streaming,
    "/delivered": add,
}


def make_app() -> App:
    app = App(settings=Settings(mode="test"))
    for path, handler in POSTS.items():
        app.post(path)(handler)
    app.get("/level")(show)
    return app


async def deliver(app: App, path: str, body: bytes, **headers: str) -> Answer:
    signed = {name.lower(): value for name, value in SIGNATURE.sign(body).items()}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await exchange(app, "POST", path, {"content-type": "application/json", **signed, **more}, body)


def event(event_id: str, amount: int = 1) -> bytes:
    return b'{"id":"%s","amount":%d}' % (event_id.encode(), amount)


async def test_ten_deliveries_at_once_have_one_effect_and_one_answer(app: App, gate: asyncio.Event) -> None:
    gate.clear()
    deliveries = [asyncio.ensure_future(deliver(app, "/events", event("e1"))) for _ in range(10)]
    await settle()
    gate.set()
    answers = await asyncio.gather(*deliveries)
    assert ran == ["e1"]
    assert {(one.status, one.body) for one in answers} == {(202, b'{"id":"e1","number":1}')}
    assert sorted(len(one.values(REPLAYED)) for one in answers) == [0] + [1] * 9


async def test_deliveries_out_of_order_each_count_once(app: App) -> None:
    order = ["e2", "e1", "e2", "e3", "e1", "e3", "e2", "e1"]
    answers = [await deliver(app, "/events", event(one)) for one in order]
    assert ran == ["e2", "e1", "e3"]
    assert [one.json["number"] for one in answers] == [1, 2, 1, 3, 2, 3, 1, 2]
    assert [one.values(REPLAYED) for one in answers] == [[], [], ["true"], [], ["true"], ["true"], ["true"], ["true"]]


async def test_many_events_at_once_each_count_once(app: App) -> None:
    order = [f"e{index % 7}" for index in range(35)]
    answers = await asyncio.gather(*(deliver(app, "/events", event(one)) for one in order))
    assert sorted(ran) == sorted(set(order))
    assert [one.json["id"] for one in answers] == order


async def test_the_id_alone_names_the_event(app: App) -> None:
    await deliver(app, "/events", event("e1", 1))
    again = await deliver(app, "/events", event("e1", 2))
    assert (again.status, again.values(REPLAYED), ran) == (202, ["true"], ["e1"])


async def test_one_id_on_two_routes_is_two_events(app: App) -> None:
    await deliver(app, "/events", event("e1"))
    await deliver(app, "/others", event("e1"))
    assert ran == ["e1", "e1"]


async def test_an_unsigned_delivery_uses_up_no_id(app: App) -> None:
    assert (await exchange(app, "POST", "/events", {"content-type": "application/json"}, event("e1"))).status == 401
    assert (await deliver(app, "/events", event("e1"))).json == {"id": "e1", "number": 1}


async def test_a_body_that_does_not_fit_uses_up_no_id(app: App) -> None:
    assert (await deliver(app, "/events", b'{"id":"e1","amount":"many"}')).status == 422
    assert (await deliver(app, "/events", event("e1"))).status == 202


async def test_a_failure_is_not_kept_and_the_next_try_runs(app: App) -> None:
    answers = [await deliver(app, "/failing", event("e1")) for _ in range(5)]
    assert [one.status for one in answers] == [409, 500, 200, 200, 200]
    assert [one.values(REPLAYED) for one in answers] == [[], [], [], ["true"], ["true"]]
    assert [one.body for one in answers[2:]] == [b"3", b"3", b"3"]
    assert len(ran) == 3


async def test_those_that_wait_for_a_failure_try_themselves(app: App) -> None:
    answers = await asyncio.gather(*(deliver(app, "/failing", event("e1")) for _ in range(6)))
    assert sorted(one.status for one in answers) == [200, 200, 200, 200, 409, 500]
    assert len(ran) == 3


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/others", 200, b"1"), ("/nothing", 204, b""), ("/reply", 201, b'{"id":"e1","number":1}'), ("/response", 200, b"\xff\n1")],
)
async def test_every_kind_of_answer_is_given_again(app: App, path: str, status: int, body: bytes) -> None:
    first, second = await deliver(app, path, event("e1")), await deliver(app, path, event("e1"))
    assert (first.status, first.body, ran) == (status, body, ["e1"])
    unrepeated = (REPLAYED.encode(), b"set-cookie", b"cache-control")
    told = [sorted(pair for pair in one.raw_headers if pair[0] not in unrepeated) for one in (first, second)]
    assert (second.status, second.body, told[1]) == (status, body, told[0])
    assert (first.values(REPLAYED), second.values(REPLAYED)) == ([], ["true"])
    assert (second.values("set-cookie"), second.values("cache-control")) == ([], ["no-store"])


async def test_typed_member_of_a_union_is_given_again(app: App) -> None:
    answers = [await deliver(app, "/response", event("e1", 2)) for _ in range(2)]
    assert [one.json for one in answers] == [{"id": "e1", "number": 1}] * 2
    assert ran == ["e1"]


@pytest.mark.parametrize(("path", "status"), [("/reply", 503), ("/response", 500)])
async def test_an_answer_that_is_no_success_is_not_kept(app: App, path: str, status: int) -> None:
    for _ in range(2):
        answer = await deliver(app, path, event("e1", 0))
        assert (answer.status, answer.values(REPLAYED)) == (status, [])
    assert ran == ["e1", "e1"]


async def test_a_redirect_is_not_kept(app: App) -> None:
    assert [(await deliver(app, "/redirect", event("e1"))).status for _ in range(2)] == [303, 303]
    assert [(await deliver(app, "/redirect", event("e1", 0))).status for _ in range(2)] == [204, 204]
    assert ran == ["e1", "e1", "e1"]


async def test_id_may_come_from_a_header(app: App) -> None:
    for delivery in ("d-1", "d-2", "d-1"):
        assert (await deliver(app, "/delivery", event("e1"), x_github_delivery=delivery)).status == 200
    assert ran == ["d-1", "d-2"]


async def test_id_may_be_a_number(app: App) -> None:
    assert [(await deliver(app, "/number", event(one, 7))).json for one in ("e1", "e2")] == ["e1", "e1"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/events", event("")),
        ("/events", event("x" * 256)),
        ("/lookup", b"{}"),
        ("/lookup", b'{"id":""}'),
        ("/events", b'{"id":null}'),
        ("/events", b'{"id":7}'),
    ],
)
async def test_a_bad_id_is_the_senders_fault(app: App, path: str, body: bytes) -> None:
    answer = await deliver(app, path, body)
    assert (answer.status, answer.json["code"], ran) == (422, "VALIDATION", [])


async def test_header_that_is_empty_is_no_id(app: App) -> None:
    assert (await deliver(app, "/delivery", event("e1"), x_github_delivery="")).status == 422


@pytest.mark.parametrize("event_id", ["x" * 255, "é", "\\u0000", "a/b?c#d", " "])
async def test_any_other_text_is_an_id(app: App, event_id: str) -> None:
    assert [(await deliver(app, "/nothing", event(event_id))).status for _ in range(2)] == [204, 204]
    assert len(ran) == 1


async def test_call_key_is_the_same_for_every_try_of_one_event() -> None:
    # Two apps share no store, as a process that has forgotten shares none with the one before.
    for one in ("e1", "e1", "e2"):
        await deliver(make_app(), "/events", event(one))
    assert len(keys) == 3
    assert None not in keys
    assert keys[0] == keys[1] != keys[2]


async def test_effect_ends_when_its_sender_hangs_up_and_its_revalidations_with_it(app: App, gate: asyncio.Event) -> None:
    stock["A-1"] = 1
    assert (await exchange(app, "GET", "/level")).json == 1
    gate.clear()
    delivery = asyncio.ensure_future(deliver(app, "/delivered", event("e1", 5)))
    await settle()
    delivery.cancel()
    await asyncio.wait([delivery])
    gate.set()
    await drain(timeout_seconds=5)
    assert (await exchange(app, "GET", "/level")).json == 6
    again = await deliver(app, "/delivered", event("e1", 5))
    assert (again.status, again.values(REPLAYED), stock["A-1"]) == (204, ["true"], 6)


async def test_effect_is_seen_by_whoever_reads_after_the_answer(app: App) -> None:
    stock["A-1"] = 1
    assert (await exchange(app, "GET", "/level")).json == 1
    await deliver(app, "/delivered", event("e1"))
    assert (await exchange(app, "GET", "/level")).json == 2


async def test_response_that_streams_is_the_apps_mistake(app: App) -> None:
    assert (await deliver(app, "/streaming", event("e1"))).status == 500


# Declaring it


async def none_taken() -> None: ...


async def taken(event: Event) -> None: ...


async def streamed(event: Event) -> AsyncIterator[bytes]:
    yield b""


async def counted(event: Event) -> Annotated[AsyncIterator[bytes], Status(202)]:
    yield b""


async def asynchronous(event: Event) -> str:
    return event.id


@pytest.mark.parametrize(
    ("by", "handler", "message"),
    [
        ("id", taken, "give a function"),
        (None, taken, "give a function"),
        (asynchronous, taken, "give a function"),
        (lambda other: other.id, taken, "takes other, and the handler takes event"),
        (lambda: "e1", taken, "takes nothing, and the handler takes event"),
        (lambda event: event.id, none_taken, "takes event, and the handler takes nothing"),
        (by_id, streamed, "a stream is none"),
        (by_id, counted, "a stream is none"),
        (by_id, dedupe(by=by_id)(taken), "stands twice"),
    ],
)
def test_misuse_is_found_where_it_is_written(by: Any, handler: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        dedupe(by=by)(handler)


@pytest.mark.parametrize("is_verified_first", [True, False])
async def test_order_of_declarations_does_not_matter_to_the_others(is_verified_first: bool) -> None:
    app = App(settings=Settings(mode="test"))

    async def handler(event: Event) -> None:
        ran.append(event.id)

    decorators = [verify(SIGNATURE), dedupe(by=by_id)]
    for one in decorators if is_verified_first else reversed(decorators):
        handler = one(handler)  # type: ignore[assignment]
    handler = limit("100/minute")(same_origin(handler))
    app.post("/events")(handler)
    assert declarations_of(handler).is_same_origin
    answers = [await deliver(app, "/events", event("e1"), origin="https://shop.example") for _ in range(2)]
    assert [one.status for one in answers] == [204, 204]
    assert ran == ["e1"]
    assert [len(one.values("ratelimit")) for one in answers] == [1, 1]
    assert (await exchange(app, "POST", "/events", {"origin": "https://shop.example"}, event("e1"))).status == 401


async def test_outside_of_a_request_there_is_nothing_to_dedupe() -> None:
    with pytest.raises(ConfigurationError, match="@dedupe works only while a request is handled"):
        await dedupe(by=by_id)(taken)(Event("e1"))
