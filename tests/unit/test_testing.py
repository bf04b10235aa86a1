"""One client, two worlds: every test here runs in process and against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

from twofold import ConfigurationError, NotFound, Redirect, Settings, ValidationFailed
from twofold.errors import Internal
from twofold.testing import Client, FrozenClock

APPS = Path(__file__).parents[1] / "cli"


@pytest.fixture(scope="module")
def shop() -> Iterator[ModuleType]:
    sys.path.insert(0, str(APPS))
    import tiny_shop

    yield tiny_shop
    sys.path.remove(str(APPS))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "uvicorn", "tiny_shop:app", "--port", "0", "--app-dir", str(APPS)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={"TWOFOLD_ENV": "test"}
    ) as process:
        try:
            yield _url_in(process)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _url_in(process: subprocess.Popen[str]) -> str:
    log = ""
    for line in process.stderr or ():
        log += line
        if found := re.search(r"running on (http://\S+)", line):
            return found[1]
    raise RuntimeError(log)


@pytest.fixture(params=["in process", "against a server"])
async def client(request: pytest.FixtureRequest, shop: ModuleType) -> AsyncIterator[Client]:
    target = shop.app if request.param == "in process" else request.getfixturevalue("server")
    async with Client(target) as client:
        yield client


@pytest.fixture
def sku() -> str:
    return uuid4().hex


async def test_a_page_has_status_text_title_and_url(client: Client, sku: str) -> None:
    page = await client.page(f"/products/{sku}?sort=price")
    assert (page.status, page.title, page.path) == (200, "Tiny shop", f"/products/{sku}?sort=price")
    assert page.url == f"{str(client.base_url).rstrip('/')}/products/{sku}?sort=price"
    assert page.text_of("level") == f"10 left of {sku} by price"
    assert not page.redirected


async def test_a_submitted_form_leads_to_the_page_with_the_result(client: Client, sku: str) -> None:
    page = await client.page(f"/products/{sku}?sort=price")
    page = await client.submit(page.form("reserve_stock", within="first"), quantity=2)
    assert (page.status, page.redirected) == (200, True)
    assert [response.status_code for response in page.history] == [303]
    assert page.path.startswith(f"/products/{sku}?sort=price&/=")
    assert page.text_of("first") == "Reserved 2 for 3.00 Reserve"
    assert page.text_of("level") == f"8 left of {sku} by price"


async def test_submitting_the_same_form_twice_has_one_effect(client: Client, sku: str) -> None:
    form = (await client.page(f"/products/{sku}")).form("reserve_stock", index=0)
    await client.submit(form, quantity=2)
    page = await client.submit(form, quantity=2)
    assert page.history[0].headers["idempotent-replayed"] == "true"
    assert page.text_of("level").startswith("8 left")


async def test_a_refused_form_is_a_page_with_input_and_errors_kept(client: Client, sku: str) -> None:
    page = await client.page(f"/products/{sku}")
    page = await client.submit(page.form("reserve_stock", within="second"), quantity=21)
    assert (page.status, page.redirected) == (422, False)
    form = page.form("reserve_stock", within="second")
    assert form["quantity"].value == "21"
    assert form["quantity"].is_invalid
    assert form["quantity"].errors == ("Must be at most 20",)
    assert form.errors == {"quantity": ("Must be at most 20",)}
    assert page.form("reserve_stock", within="first").errors == {}


async def test_a_declared_failure_is_an_alert(client: Client, sku: str) -> None:
    page = await client.page(f"/products/{sku}")
    page = await client.submit(page.form("reserve_stock", index=0), quantity=11)
    assert (page.status, page.alerts) == (409, ("Only 10 left",))


async def test_a_form_shows_its_fields_as_a_visitor_sees_them(client: Client) -> None:
    form = (await client.page("/review")).form("write_review")
    assert [*form.fields] == ["_tf", "stars", "text", "password", "tags", "recommend", "photo"]
    assert (form["stars"].type, form["stars"].options, form["stars"].value) == ("select", ("1", "2", "3"), "1")
    assert (form["text"].type, form["text"].value) == ("textarea", "line one\nline two")
    assert (form["password"].type, form["password"].values) == ("password", ("",))
    assert form["tags"].values == ("a", "b")
    assert (form["recommend"].type, form["recommend"].values) == ("checkbox", ())
    assert (form["photo"].type, form["photo"].values) == ("file", ())
    assert form["_tf"].type == "hidden"


async def test_every_kind_of_field_can_be_filled_in(client: Client) -> None:
    form = (await client.page("/review")).form("write_review")
    page = await client.submit(
        form,
        stars=2,
        text="a\nb",
        password="hunter2",
        tags=["x", "y"],
        recommend=True,
        photo=("cup.png", b"\x89\r\nPNG", "image/png"),
    )
    assert page.text_of("result") == r"2 stars, 'a\r\nb', x+y, recommend=True, photo=b'\x89\r\nPNG'"


async def test_a_form_sends_what_it_shows_where_nothing_is_filled_in(client: Client) -> None:
    form = (await client.page("/review")).form("write_review")
    page = await client.submit(form, password="hunter2")
    assert page.text_of("result") == r"1 stars, 'line one\r\nline two', a+b, recommend=False, photo=b'none'"


async def test_a_field_or_option_that_is_not_there_cannot_be_filled_in(client: Client) -> None:
    form = (await client.page("/review")).form("write_review")
    with pytest.raises(LookupError, match="no field 'star'; it has _tf, stars"):
        await client.submit(form, star="1")
    with pytest.raises(LookupError, match="no option '4'; it has 1, 2, 3"):
        await client.submit(form, stars=4)


async def test_a_form_is_found_by_what_tells_it_apart(client: Client, shop: ModuleType, sku: str) -> None:
    page = await client.page(f"/products/{sku}")
    assert page.form(shop.reserve_stock, within="second").text == "Reserve"
    assert page.form("tiny_shop.reserve_stock", index=1).action_id == "tiny_shop.reserve_stock"
    assert len(page.forms) == 3
    with pytest.raises(LookupError, match="has 2 forms for reserve_stock"):
        page.form("reserve_stock")
    with pytest.raises(LookupError, match="no such form for stock; it has tiny_shop"):
        page.form("stock")
    with pytest.raises(LookupError, match="no element with the id 'third'"):
        page.form("reserve_stock", within="third")


async def test_a_get_form_becomes_the_query_with_its_button(client: Client, sku: str) -> None:
    page = await client.page(f"/products/{sku}")
    page = await client.submit(page.forms[-1])
    assert page.path == "/search?q=cups+%26+saucers&go=1"
    assert "searched cups &amp; saucers 1" in page.text


async def test_cookies_and_session_are_kept_and_are_the_visitors_own(client: Client) -> None:
    page = await client.page("/sign-in")
    page = await client.submit(page.form("sign_in"), name="Ada")
    assert page.path == "/account"
    assert "Hello Ada, seen=yes" in page.text
    assert "Hello stranger, seen=None" in (await client.visitor().page("/account")).text


async def test_a_redirect_to_another_site_is_shown_and_not_followed(client: Client) -> None:
    page = await client.page("/elsewhere")
    assert (page.status, page.headers["location"]) == (303, "https://elsewhere.example/")


async def test_redirects_in_a_circle_end(client: Client) -> None:
    with pytest.raises(RuntimeError, match="more than 20 redirects"):
        await client.page("/loop")


async def test_a_refused_page_is_a_page(client: Client) -> None:
    page = await client.page("/nowhere")
    assert (page.status, page.title) == (404, "Not found")


async def test_unsafe_requests_say_that_they_come_from_this_site(client: Client) -> None:
    sent = (await client.post("/api/headers")).json()
    assert (sent["sec-fetch-site"], sent["origin"]) == ("same-origin", str(client.base_url).rstrip("/"))
    assert (await client.put("/api/echo", content=b"x")).content == b"x"


async def test_safe_requests_say_nothing_of_where_they_come_from(client: Client) -> None:
    assert {"origin", "sec-fetch-site"} & (await client.get("/api/headers")).json().keys() == set()


CLAIMS = [
    ({"Origin": "https://evil.example"}, {"origin": "https://evil.example"}),
    ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "cross-site"}),
    ({"Origin": None}, {}),
]


@pytest.mark.parametrize(("given", "sent"), CLAIMS)
async def test_a_test_may_say_that_a_request_comes_from_elsewhere(
    client: Client, given: dict[str, str | None], sent: dict[str, str]
) -> None:
    received = (await client.post("/api/headers", headers=given)).json()
    assert {name: received[name] for name in ("origin", "sec-fetch-site") if name in received} == sent


async def test_a_request_from_elsewhere_is_refused(client: Client) -> None:
    response = await client.put("/api/echo", content=b"x", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


async def test_get_follows_redirects_only_when_told_to(client: Client) -> None:
    assert (await client.get("/account/")).status_code == 308
    assert (await client.get("/account/", follow_redirects=True)).status_code == 200


async def test_a_call_gives_the_result_by_its_own_type(client: Client, shop: ModuleType, sku: str) -> None:
    assert await client.call(shop.reserve_stock, sku, quantity=3) == shop.Reservation(sku, 3, shop.Decimal("4.50"))


async def test_a_call_raises_the_class_that_the_action_declares(client: Client, shop: ModuleType, sku: str) -> None:
    with pytest.raises(shop.OutOfStock, match="Only 10 left") as raised:
        await client.call(shop.reserve_stock, sku, 11)
    assert (raised.value.available, raised.value.status) == (10, 409)


@pytest.mark.parametrize(("quantity", "message"), [(0, "Must be at least 1"), ("three", "Must be a whole number")])
async def test_a_call_with_invalid_arguments_reaches_the_server_and_is_refused(
    client: Client, shop: ModuleType, sku: str, quantity: object, message: str
) -> None:
    with pytest.raises(ValidationFailed) as raised:
        await client.call(shop.reserve_stock, sku, quantity)
    assert raised.value.fields == {"quantity": [message]}


async def test_the_wrong_arguments_are_refused_as_by_python(client: Client, shop: ModuleType) -> None:
    with pytest.raises(TypeError, match="quantity"):
        await client.call(shop.reserve_stock, "A-1")


async def test_calls_with_one_key_run_once(client: Client, shop: ModuleType, sku: str) -> None:
    key = uuid4().hex
    first = await client.call(shop.reserve_stock, sku, 2, key=key)
    assert await client.call(shop.reserve_stock, sku, 2, key=key) == first
    assert await client.call(shop.level_of, sku) == 8
    await client.call(shop.reserve_stock, sku, 2)
    assert await client.call(shop.level_of, sku) == 6


async def test_a_redirecting_call_gives_the_redirect_and_keeps_the_cookies(client: Client, shop: ModuleType) -> None:
    result = await client.call(shop.sign_in, "Grace")
    assert isinstance(result, Redirect)
    assert result.url == "/account"
    assert "Hello Grace" in (await client.page("/account")).text


async def test_an_action_that_is_not_exported_does_not_exist(client: Client, shop: ModuleType) -> None:
    with pytest.raises(NotFound) as raised:
        await client.call(shop.write_review, "1", "text", "password")
    assert "not exported" in raised.value.__notes__[0]


async def test_a_masked_failure_carries_its_digest(client: Client, shop: ModuleType) -> None:
    with pytest.raises(Internal) as raised:
        await client.call(shop.fail)
    assert raised.value.digest
    assert "canary" not in str(raised.value)


async def test_an_answer_that_is_no_actions_is_an_error_of_its_own(shop: ModuleType) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await answer_plainly(send)

    async with Client(app) as client:
        with pytest.raises(RuntimeError, match="not as an action: 'plain'"):
            await client.call(shop.fail)


async def answer_plainly(send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"plain"})  # type: ignore[operator]


# In process only: what a client starts, and how.


async def test_the_lifespan_runs_while_the_client_is_open(shop: ModuleType) -> None:
    shop.STARTED.clear()
    async with Client(shop.app):
        assert shop.STARTED == ["started"]
    assert shop.STARTED == ["started", "stopped"]


async def test_an_app_that_nobody_configured_starts_for_tests(shop: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWOFOLD_ENV", raising=False)
    async with Client(shop.App()) as client:
        assert (await client.get("/")).status_code == 404


async def test_given_settings_count(shop: ModuleType) -> None:
    async with Client(shop.app, settings=Settings(mode="development", secrets=uuid4().hex + uuid4().hex)) as client:
        failure = (await client.post("/api/reservations", json={"sku": "broken", "quantity": 1, "price": "1"})).json()
    assert failure["details"] == "RuntimeError: canary-in-a-handler"


async def test_a_production_app_without_a_secret_starts_with_no_settings_of_its_own(shop: ModuleType) -> None:
    with pytest.raises(ConfigurationError, match="TWOFOLD_SECRET"):
        async with Client(shop.app, settings=Settings(mode="production")):
            pass


async def test_a_frozen_clock_is_the_apps_clock(shop: ModuleType) -> None:
    clock = FrozenClock(1_000_000)
    async with Client(shop.app, clock=clock) as client:
        assert await client.call(shop.now, "at") == "at 1000000"
        clock.tick(24 * 3600)
        assert await client.call(shop.now, key="then") == "then 1086400"


async def test_a_form_of_yesterday_is_stale(shop: ModuleType) -> None:
    clock = FrozenClock()
    async with Client(shop.app, clock=clock) as client:
        form = (await client.page("/sign-in")).form("sign_in")
        clock.tick(24 * 3600)
        assert (await client.submit(form, name="Ada")).status == 410


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    clock = FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))
    assert clock() == clock() == datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    clock.tick(1.5)
    assert clock.now() == datetime(2030, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_frozen_clock_never_goes_back_and_knows_its_zone() -> None:
    with pytest.raises(ConfigurationError, match="does not go back"):
        FrozenClock().tick(-1)
    with pytest.raises(ConfigurationError, match="no zone"):
        FrozenClock(datetime(2030, 1, 1))  # noqa: DTZ001


def test_a_running_server_has_its_own_settings_and_clock() -> None:
    with pytest.raises(ConfigurationError, match="a server is started with its own"):
        Client("http://127.0.0.1:8000", clock=FrozenClock())


async def test_connecting_is_the_same_as_naming_the_url(server: str) -> None:
    async with Client.connect(server) as client:
        assert (await client.get("/account")).status_code == 200


async def test_a_client_that_is_not_open_says_how_to_open_it(shop: ModuleType) -> None:
    with pytest.raises(ConfigurationError, match="async with Client"):
        await Client(shop.app).get("/")


async def test_an_app_that_does_not_start_raises_what_it_raised(shop: ModuleType) -> None:
    def life(app: object) -> object:
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        async with Client(shop.App(lifespan=life)):
            pass


async def test_an_app_without_a_lifespan_is_served_all_the_same() -> None:
    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await answer_plainly(send)

    async with Client(app) as client:
        assert (await client.get("/")).text == "plain"
