"""Scripts of other sites, as a browser lets them call."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from markupsafe import Markup

from twofold import App, CallNext, Forbidden, Request, Response, Settings, action, cors, limit, session, use
from twofold.errors import ConfigurationError, Conflict
from twofold.testing import Client

SHOP, EVIL = "https://shop.example", "https://evil.example"
FROM_SHOP: dict[str, str | None] = {"origin": SHOP, "sec-fetch-site": "cross-site"}
FROM_EVIL: dict[str, str | None] = {"origin": EVIL, "sec-fetch-site": "cross-site"}


async def refuse(request: Request, call_next: CallNext) -> Response:
    if request.headers.get("x-token") != "good":
        raise Forbidden
    return await call_next(request)


@action(export=True)
async def reserve(sku: str) -> str:
    return sku


def shop() -> App:
    app = App(settings=Settings(mode="test"), middleware=[])

    @app.get("/api/stock")
    @cors(origins=[SHOP], headers=["X-Token"], expose=["X-Total"], max_age_seconds=60)
    async def stock() -> int:
        return 3

    @app.delete("/api/stock")
    async def clear() -> None: ...

    @app.post("/api/orders")
    @cors(origins=[SHOP], headers=["X-Token"], credentials=True)
    @limit("2/minute", by=lambda request: "all")
    @use(refuse)
    async def order(sku: str) -> str:
        if sku == "none":
            raise Conflict
        if sku == "broken":
            raise RuntimeError
        session["sku"] = sku
        return sku

    @app.get("/api/open")
    @cors(origins="*")
    async def everyone() -> int:
        return 1

    @app.get("/api/own-options")
    @cors(origins=[SHOP])
    async def with_options() -> int:
        return 1

    @app.options("/api/own-options")
    async def options() -> str:
        return "mine"

    @app.page("/")
    async def page() -> Markup:
        form = reserve.form()
        return Markup("<!doctype html><title>Shop</title><form {}>{}</form>").format(form.attrs, form.hidden)

    return app


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(shop()) as opened:
        yield opened


def asking(method: str, headers: str | None = None, origin: str = SHOP) -> dict[str, str | None]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}


async def test_a_preflight_is_answered_before_guards_and_limits(client: Client) -> None:
    for _ in range(5):
        answer = await client.request("OPTIONS", "/api/orders", headers=asking("POST", "x-token, content-type"))
        assert answer.status_code == 204
    assert {name: value for name, value in answer.headers.items() if name.startswith("access-control")} == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "x-token, content-type",
        "access-control-max-age": "600",
    }
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/stock", asking("GET", origin=EVIL), 403),
        ("/api/stock", asking("GET", "x-other"), 403),
        ("/api/stock", asking("GET", origin="null"), 403),
        ("/api/stock", asking("DELETE"), 204),
        ("/api/stock", asking("PUT"), 204),
        ("/api/stock", asking("get"), 204),
        ("/api/stock", asking("G\x01T"), 204),
        ("/api/stock", asking("POST"), 204),
        ("/", asking("POST", "twofold-call, content-type"), 204),
        ("/_twofold/call?/test.reserve", asking("POST", "twofold-call, content-type"), 404),
        ("/nowhere", asking("GET"), 404),
    ],
)
async def test_a_preflight_that_is_not_allowed_gets_nothing(
    client: Client, path: str, headers: dict[str, str | None], status: int
) -> None:
    answer = await client.request("OPTIONS", path, headers=headers)
    assert answer.status_code in (status, 405)
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_options_without_a_script_behind_it_is_plain(client: Client) -> None:
    answer = await client.request("OPTIONS", "/api/stock")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS")
    assert "access-control-allow-origin" not in answer.headers


async def test_the_apps_own_options_answers_what_is_no_preflight(client: Client) -> None:
    assert (await client.request("OPTIONS", "/api/own-options")).json() == "mine"
    assert (await client.request("OPTIONS", "/api/own-options", headers=asking("GET"))).status_code == 204


async def test_an_answer_may_be_read_by_the_listed_sites_alone(client: Client) -> None:
    answer = await client.get("/api/stock", headers=FROM_SHOP)
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-expose-headers"] == "X-Total"
    assert answer.headers["vary"] == "Origin"
    for headers in (FROM_EVIL, {}):
        answer = await client.get("/api/stock", headers=headers)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"


async def test_head_carries_what_get_carries(client: Client) -> None:
    answer = await client.request("HEAD", "/api/stock", headers=FROM_SHOP)
    assert answer.headers["access-control-allow-origin"] == SHOP


async def test_an_answer_for_everyone_varies_by_nothing(client: Client) -> None:
    answer = await client.get("/api/open", headers=FROM_EVIL)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "vary" not in answer.headers


@pytest.mark.parametrize(
    ("sku", "token", "status"),
    [("A", "good", 200), ("none", "good", 409), ("broken", "good", 500), ("A", "bad", 403), ("", "good", 422)],
)
async def test_failures_of_every_kind_may_be_read_too(client: Client, sku: str, token: str, status: int) -> None:
    answer = await client.post(f"/api/orders?sku={sku}" if sku else "/api/orders", headers={**FROM_SHOP, "x-token": token})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_a_spent_limit_and_a_wrong_method_may_be_read_too(client: Client) -> None:
    for _ in range(3):
        answer = await client.post("/api/orders?sku=A", headers={**FROM_SHOP, "x-token": "good"})
    assert answer.status_code == 429
    assert answer.headers["access-control-allow-origin"] == SHOP
    answer = await client.put("/api/stock", headers=FROM_SHOP)
    assert answer.status_code == 405
    assert answer.headers["access-control-allow-origin"] == SHOP


async def test_a_site_with_credentials_may_act_for_the_visitor_and_no_other(client: Client) -> None:
    token = {"x-token": "good"}
    assert (await client.post("/api/orders?sku=A", headers={**FROM_SHOP, **token})).status_code == 200
    assert (await client.post("/api/orders?sku=A", headers={**FROM_EVIL, **token})).status_code == 403


async def test_a_handler_beside_one_with_a_policy_has_none(client: Client) -> None:
    answer = await client.delete("/api/stock", headers=FROM_SHOP)
    assert "access-control-allow-origin" not in answer.headers


async def test_actions_are_never_opened(client: Client) -> None:
    answer = await client.post(
        f"/_twofold/call?/{reserve.id}",
        json={"sku": "A"},
        headers={**FROM_SHOP, "twofold-call": "k" * 20},
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_takes_no_policy() -> None:
    app = App(settings=Settings(mode="test"))

    @cors(origins=[SHOP])
    async def page() -> str:
        return ""

    with pytest.raises(ConfigurationError, match="on this page"):
        app.page("/")(page)


def test_an_action_takes_no_policy() -> None:
    with pytest.raises(ConfigurationError, match="cannot be decorated"):
        cors(origins=[SHOP])(reserve)
