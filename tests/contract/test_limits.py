"""Limits on route handlers and actions: who passes, what everyone is told, and what a form shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, cast

import pytest
from markupsafe import Markup

from support.runtime import Screen
from support.valkey import Valkey
from twofold import App, RateLimited, Request, Settings, WebSocket, action, limit, visitor
from twofold.errors import ConfigurationError, StoreUnavailable
from twofold.limiting import By, limits_of
from twofold.limits import Allowance, MemoryStore, Standing
from twofold.testing import Client, FrozenClock

Declare = Callable[[Callable[..., Any]], Callable[..., Any]]

done: list[str] = []


@action(export=True)
@limit("2/minute")
async def reserve(sku: str) -> str:
    done.append(sku)
    return sku


@limit("1/minute", name="sending", by=lambda request: request.headers.get("x-user"))
@action(export=True)
async def send(text: str) -> str:
    done.append(text)
    return text


class Down(MemoryStore):
    is_down = True

    async def hit(self, allowances: Sequence[Allowance]) -> tuple[Standing, ...]:
        if self.is_down:
            raise StoreUnavailable("nobody there")
        return await super().hit(allowances)


def shop(store: MemoryStore | None = None, settings: Settings | None = None) -> App:
    done.clear()
    app = App(settings=settings or Settings(mode="test", trusted_proxies=("127.0.0.1",)), limits=store)

    @app.get("/stock")
    @limit("3/minute")
    @limit("100/hour")
    async def stock() -> int:
        return 1

    @app.get("/price")
    @limit("3/minute")
    async def price() -> int:
        return 2

    @app.get("/mine")
    @limit("1/minute", by=visitor)
    async def mine() -> int:
        return 3

    @app.get("/guarded")
    @limit("3/minute", fail="closed")
    async def guarded() -> int:
        return 4

    @app.get("/one")
    @limit("2/minute", name="both")
    async def one() -> int:
        return 5

    @app.get("/two")
    @limit("2/minute", name="both")
    async def two() -> int:
        raise RateLimited

    @app.page("/")
    async def page() -> Markup:
        form = reserve.form()
        error = Markup('<p role="alert">{}</p>').format(form.error.message) if form.error else ""
        return Markup("<!doctype html><title>Shop</title><form {}>{}<input {}>{}<button>Reserve</button></form>").format(
            form.attrs, form.hidden, form.field("sku").attrs, error
        )

    return app


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_700_000_000)


@pytest.fixture
async def client(clock: FrozenClock) -> AsyncIterator[Client]:
    async with Client(shop(), clock=clock) as opened:
        yield opened


def from_address(address: str) -> dict[str, str | None]:
    return {"x-forwarded-for": address}


async def test_beyond_the_rate_there_is_429_with_the_time_to_wait(client: Client, clock: FrozenClock) -> None:
    for _ in range(3):
        assert (await client.get("/stock")).status_code == 200
    clock.tick(10)
    refused = await client.get("/stock")
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert refused.json()["retryAfter"] == 50
    assert refused.headers["retry-after"] == "50"
    clock.tick(50)
    assert (await client.get("/stock")).status_code == 200


async def test_every_answer_tells_all_limits_and_how_the_caller_stands(client: Client, clock: FrozenClock) -> None:
    answer = await client.get("/stock")
    assert answer.headers["ratelimit-policy"] == '"3/minute";q=3;w=60, "100/hour";q=100;w=3600'
    assert answer.headers["ratelimit"] == '"3/minute";r=2;t=60, "100/hour";r=99;t=3600'
    clock.tick(20)
    for _ in range(2):
        answer = await client.get("/stock")
    assert answer.headers["ratelimit"] == '"3/minute";r=0;t=40, "100/hour";r=97;t=3580'
    refused = await client.get("/stock")
    assert refused.headers["ratelimit"] == '"3/minute";r=0;t=40, "100/hour";r=97;t=3580'


async def test_handlers_count_for_themselves_unless_they_share_a_name(client: Client) -> None:
    for _ in range(3):
        await client.get("/stock")
    assert (await client.get("/price")).status_code == 200
    await client.get("/one")
    assert (await client.get("/two")).headers["ratelimit"].startswith('"both";r=0')
    assert (await client.get("/one")).status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("203.0.113.1", "203.0.113.1", True),
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("64:ff9b::203.0.113.1", "203.0.113.1", True),
        ("64:ff9b::203.0.113.1", "64:ff9b::203.0.113.2", False),
    ],
)
async def test_who_is_one_client(first: str, second: str, is_same: bool) -> None:
    async with Client(shop()) as client:
        for _ in range(3):
            assert (await client.get("/stock", headers=from_address(first))).status_code == 200
        assert (await client.get("/stock", headers=from_address(second))).status_code == (429 if is_same else 200)


async def test_an_address_that_no_trusted_proxy_tells_counts_for_nothing() -> None:
    async with Client(shop(settings=Settings(mode="test"))) as client:
        for number in range(3):
            await client.get("/stock", headers=from_address(f"203.0.113.{number}"))
        assert (await client.get("/stock", headers=from_address("203.0.113.9"))).status_code == 429


async def test_a_form_shows_that_it_was_too_often_and_keeps_the_input(client: Client) -> None:
    for _ in range(2):
        page = await client.page("/")
        page = await client.submit(page.form("reserve"), sku="A-1")
        assert page.status == 200
    page = await client.submit((await client.page("/")).form("reserve"), sku="B-2")
    assert page.status == 429
    assert page.alerts == ("Too many requests. Try again later",)
    assert page.form("reserve")["sku"].value == "B-2"
    assert page.headers["retry-after"]
    assert done == ["A-1", "A-1"]


async def test_a_refused_call_uses_up_no_call_key(client: Client, clock: FrozenClock) -> None:
    for _ in range(2):
        await client.call(reserve, "A-1")
    key = "k" * 20
    with pytest.raises(RateLimited) as refused:
        await client.call(reserve, "C-3", key=key)
    assert refused.value.retry_after == 60
    clock.tick(60)
    assert await client.call(reserve, "C-3", key=key) == "C-3"
    assert done == ["A-1", "A-1", "C-3"]


async def test_a_limit_may_stand_above_the_action_and_count_whom_it_likes(client: Client) -> None:
    assert await client.call(send, "uncounted") == "uncounted"
    assert await client.call(send, "uncounted") == "uncounted"


async def test_the_runtime_gets_the_refusal_as_a_frame(clock: FrozenClock) -> None:
    app = shop()
    async with Client(app, clock=clock) as client:
        screen = await Screen(app, client).open("/")
        answers = [await screen.submit(sku="A-1") for _ in range(3)]
    assert [one.response.status_code for one in answers] == [200, 200, 429]
    assert answers[2].result["failure"]["code"] == "RATE_LIMITED"
    assert answers[2].result["failure"]["retryAfter"] == 60
    assert answers[2].response.headers["retry-after"] == "60"
    assert answers[0].response.headers["ratelimit"] == '"2/minute";r=1;t=60'
    assert done == ["A-1", "A-1"]


async def test_a_limit_may_stand_above_the_route() -> None:
    app = App(settings=Settings(mode="test"))

    @limit("1/minute")
    @app.get("/stock")
    async def stock() -> int:
        return 1

    async with Client(app) as client:
        assert [(await client.get("/stock")).status_code for _ in range(2)] == [200, 429]


async def test_a_call_from_python_is_not_limited() -> None:
    assert [await reserve(str(number)) for number in range(4)] == ["0", "1", "2", "3"]


async def test_an_open_limit_lets_pass_what_cannot_be_counted_and_a_closed_one_does_not(caplog: pytest.LogCaptureFixture) -> None:
    store = Down()
    async with Client(shop(store)) as client:
        with caplog.at_level(logging.ERROR, "twofold"):
            assert [(await client.get("/price")).status_code for _ in range(5)] == [200] * 5
            closed = [await client.get("/guarded") for _ in range(2)]
        assert [one.status_code for one in closed] == [503, 503]
        assert closed[0].headers["retry-after"] == "5"
        assert [record.getMessage() for record in caplog.records if "cannot be counted" in record.getMessage()] == [
            "the limit 3/minute cannot be counted and is open: nobody there",
            "the limit 3/minute cannot be counted and is closed: nobody there",
        ]
        store.is_down = False
        assert (await client.get("/guarded")).status_code == 200


async def test_two_processes_count_together(valkey: Valkey) -> None:
    settings = Settings(mode="test", redis_url=valkey.url)
    async with Client(shop(settings=settings)) as here, Client(shop(settings=settings)) as there:
        answers = await asyncio.gather(*((here, there)[number % 2].get("/stock") for number in range(12)))
    assert sorted(one.status_code for one in answers) == [200] * 3 + [429] * 9


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rate": "often"}, "10/minute"),
        ({"rate": "1/minute", "fail": "sometimes"}, "open"),
        ({"rate": "1/minute", "by": "address"}, "function of the request"),
        ({"rate": "1/minute", "name": 'a"b'}, "short ASCII"),
    ],
)
def test_misuse_is_refused_with_the_remedy(options: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        limit(**options)  # type: ignore[arg-type]


async def by_async(request: Request) -> str:
    return "everyone"


class ByHeader:
    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: Request) -> str | None:
        return request.headers.get(self.name)


def by_header(name: str, request: Request) -> str | None:
    return request.headers.get(name)


def test_an_async_key_is_refused_because_it_would_limit_nobody() -> None:
    with pytest.raises(ConfigurationError, match="async; write `def`"):
        limit("1/minute", by=by_async)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("by", [ByHeader("x-user"), partial(by_header, "x-user")], ids=["object", "partial"])
async def test_whatever_can_be_called_may_tell_who_is_counted(by: By) -> None:
    app = App(settings=Settings(mode="test"))

    @app.get("/mine")
    @limit("1/minute", by=by)
    async def mine() -> int:
        return 1

    async with Client(app) as client:
        names = ["Ada", "Bob", "Ada", "A" * 10_000, "A" * 10_000]
        answers = [await client.get("/mine", headers={"x-user": name}) for name in names]
    assert [one.status_code for one in answers] == [200, 200, 429, 200, 429]


async def test_a_key_that_is_no_text_is_an_error_because_it_might_limit_nobody() -> None:
    app = App(settings=Settings(mode="test"))

    @app.get("/mine")
    @limit("1/minute", by=cast(By, lambda request: object()))
    async def mine() -> int:
        return 1

    async with Client(app) as client:
        assert (await client.get("/mine")).status_code == 500


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (limit("1/minute"), limit("1/minute")),
        (limit("1/minute"), limit("1/60s")),
        (limit("1/minute", by=visitor), limit("1/minute")),
        (limit("1/minute", by=lambda _: "a"), limit("1/minute", by=lambda _: "b")),
        (limit("1/minute", name="a"), limit("5/hour", name="a")),
    ],
    ids=["same", "same rate in other words", "same on the wire", "two without a name", "same name"],
)
def test_two_limits_that_nobody_can_tell_apart_are_refused(above: Declare, below: Declare) -> None:
    with pytest.raises(ConfigurationError, match="tell them apart"):

        @above
        @below
        async def handler() -> None: ...


def test_one_rate_may_hold_for_two_kinds_of_callers() -> None:
    @limit("1/minute", by=visitor, name="a minute each")
    @limit("1/minute")
    async def handler() -> None: ...

    assert [one.name for one in limits_of(handler)] == ["a minute each", "1/minute"]


def test_a_limit_that_would_do_nothing_is_refused() -> None:
    app = App(settings=Settings(mode="test"))

    async def page() -> Markup:
        return Markup("<!doctype html><title>Shop</title>")

    async def socket(socket: WebSocket) -> None: ...

    with pytest.raises(ConfigurationError, match="route handlers"):
        app.page("/below")(limit("1/minute")(page))
    with pytest.raises(ConfigurationError, match="a socket knows no declaration"):
        app.websocket("/socket")(limit("1/minute")(socket))


def test_a_limit_above_a_page_is_refused_at_the_start() -> None:
    app = App(settings=Settings(mode="test"))

    @limit("1/minute")
    @app.page("/")
    async def page() -> Markup:
        return Markup("<!doctype html><title>Shop</title>")

    with pytest.raises(ConfigurationError, match="route handlers"):
        app.start()
