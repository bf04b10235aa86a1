"""Twofold in other ASGI apps, and other ASGI apps in Twofold; both with the real FastAPI."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from annotated_types import Ge
from fastapi import FastAPI
from fastapi import Request as FastAPIRequest
from fastapi import WebSocket as FastAPIWebSocket
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from support.asgi import CROSS_SITE, ORIGIN, SAME_ORIGIN, exchange, get, socket, visitor
from twofold import (
    App,
    CallNext,
    ConfigurationError,
    Redirect,
    Request,
    Response,
    Settings,
    action,
    cookies,
    redirect,
)

SETTINGS = Settings(mode="production", secrets="jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga")
counted: list[int] = []


@action(export=True)
async def mounted_count(step: Annotated[int, Ge(1)]) -> int:
    counted.append(step)
    return sum(counted)


@action
async def mounted_leave() -> Redirect:
    cookies.set("left", "1")
    return redirect(shop.url_for(product, sku="B-2"))


shop = App(settings=SETTINGS)


@shop.page("/products/{sku}")
async def product(sku: str, sort: str = "name") -> Markup:
    count, leave = mounted_count.form(), mounted_leave.form()
    return Markup("<h1>{} {}</h1><a href='{}'></a><form {}>{}<input {}>{}{}</form><form {}>{}</form>").format(
        sku,
        sort,
        shop.url_for(stock, sku="A 1", q="a&b"),
        count.attrs,
        count.hidden,
        count.field("step").attrs,
        count.error.message if count.error else "",
        f"total {count.result}" if count.state == "succeeded" else "",
        leave.attrs,
        leave.hidden,
    )


@shop.get("/api/stock/{sku}")
async def stock(sku: str) -> str:
    return sku


@shop.get("/failing")
async def failing() -> str:
    raise ValueError("canary")


@shop.page("/")
async def home(request: Request) -> str:
    return f"home of {request.url.path}"


outer = FastAPI()


@outer.get("/fast/{n}")
async def fast(n: int) -> dict[str, int]:
    return {"n": n}


outer.mount("/shop", shop)
in_starlette = Starlette(routes=[Mount("/shop", shop)])
deep = Starlette(routes=[Mount("/a b", Starlette(routes=[Mount("/shop", shop)]))])


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    counted.clear()
    return


def forms(page: str) -> list[tuple[str, str]]:
    actions = [html.unescape(one) for one in re.findall(r'<form [^>]*action="([^"]+)"', page)]
    return list(zip(actions, re.findall(r'name="_tf" value="([^"]+)"', page), strict=True))


HOSTS = [(outer, "/shop"), (in_starlette, "/shop"), (deep, "/a%20b/shop"), (shop, "")]
hosts = pytest.mark.parametrize(("host", "root"), HOSTS, ids=["fastapi", "starlette", "deep", "alone"])


@hosts
async def test_page_knows_where_it_is_mounted(host: Any, root: str) -> None:
    response = await get(host, f"{root}/products/A-1?sort=price")
    assert response.status_code == 200
    assert "<h1>A-1 price</h1>" in response.text
    assert f"href='{root}/api/stock/A%201?q=a%26b'" in response.text
    assert (await get(host, f"{root}/api/stock/A%201")).json() == "A 1"


@hosts
async def test_form_works_where_it_is_mounted(host: Any, root: str) -> None:
    page = f"{ORIGIN}{root}/products/A-1?sort=price"
    async with visitor(host, headers=SAME_ORIGIN) as http:
        (count, token), _ = forms((await http.get(page)).text)
        url = str((await http.get(page)).url.join(count))  # as a browser resolves it
        assert url.startswith(page)
        refused = await http.post(url, data={"_tf": token, "step": "0"})
        assert (refused.status_code, "Some fields are not valid" in refused.text) == (422, True)
        done = await http.post(url, data={"_tf": token, "step": "2"})
        assert (done.status_code, counted) == (303, [2])
        assert done.headers["location"].startswith(f"{root}/products/A-1?sort=price&/=")
        assert "total 2" in (await http.get(done.headers["location"])).text


@hosts
async def test_action_redirects_to_where_it_is_mounted(host: Any, root: str) -> None:
    async with visitor(host, headers=SAME_ORIGIN) as http:
        _, (leave, token) = forms((await http.get(f"{root}/products/A-1")).text)
        response = await http.post(f"{root}/products/A-1{leave}", data={"_tf": token})
        assert (response.status_code, response.headers["location"]) == (303, f"{root}/products/B-2")
        assert response.headers["set-cookie"].startswith("left=1;")
        assert (await http.get(response.headers["location"])).status_code == 200


@hosts
async def test_exported_action_is_called_where_it_is_mounted(host: Any, root: str) -> None:
    key = f"mounted-{len(root):016}-{type(host).__name__}"
    async with visitor(host, headers={**SAME_ORIGIN, "twofold-call": key}) as http:
        for url in (f"{root}/_twofold/call", f"{root}/products/A-1"):
            response = await http.post(f"{url}?/{mounted_count.id}", json={"step": 3})
            assert response.json() == {"data": 3}
    assert counted == [3]


@hosts
async def test_trailing_slash_is_taken_off_where_it_is_mounted(host: Any, root: str) -> None:
    response = await get(host, f"{root}/products/A-1/?sort=price")
    assert (response.status_code, response.headers["location"]) == (308, f"{root}/products/A-1?sort=price")


@hosts
async def test_root_of_the_mount_is_a_page(host: Any, root: str) -> None:
    assert (await get(host, f"{root}/")).text.startswith("home of")


@hosts
async def test_failures_of_a_mounted_app_are_its_own(host: Any, root: str) -> None:
    absent, failed = await get(host, f"{root}/absent"), await get(host, f"{root}/failing")
    assert (absent.status_code, absent.json()["code"]) == (404, "NOT_FOUND")
    assert (failed.status_code, failed.json()["code"]) == (500, "INTERNAL")
    assert failed.headers["x-content-type-options"] == "nosniff"


@hosts
async def test_origin_is_checked_where_it_is_mounted(host: Any, root: str) -> None:
    async with visitor(host) as http:
        (count, token), _ = forms((await http.get(f"{root}/products/A-1")).text)
        response = await http.post(f"{root}/products/A-1{count}", data={"_tf": token, "step": "2"}, headers=CROSS_SITE)
    assert (response.status_code, counted) == (403, [])


async def test_host_app_keeps_its_routes_docs_and_errors() -> None:
    assert (await get(outer, "/fast/5")).json() == {"n": 5}
    assert (await get(outer, "/fast/x")).json()["detail"][0]["loc"] == ["path", "n"]
    assert (await get(outer, "/docs")).status_code == 200
    assert (await get(outer, "/absent")).json() == {"detail": "Not Found"}
    assert "x-content-type-options" not in (await get(outer, "/fast/5")).headers


async def test_root_path_of_a_proxy_counts_as_a_mount() -> None:
    answer = await exchange(shop, "GET", "/proxied/products/A-1/", root_path="/proxied")
    assert (answer.status, answer.headers["location"]) == (308, "/proxied/products/A-1")
    outside = await exchange(shop, "GET", "/proxiedproducts/A-1", root_path="/proxied")
    assert outside.status == 404


async def test_url_outside_a_request_has_no_mount() -> None:
    assert shop.url_for(product, sku="é/1") == "/products/%C3%A9%2F1"
    assert shop.url_for(product, sku="1", sort=["a", "b"]) == "/products/1?sort=a&sort=b"


@pytest.mark.parametrize(
    ("function", "parameters", "message"),
    [
        (test_url_outside_a_request_has_no_mount, {}, "no page or route handler of this app"),
        (product, {}, "no value for sku"),
        (product, {"sku": ""}, "empty"),
        (product, {"sku": ".."}, "dot segments"),
    ],
)
def test_url_that_no_route_has_is_refused(function: Any, parameters: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        shop.url_for(function, **parameters)


# Others in Twofold

ran: list[str] = []


async def guard(request: Request, call_next: CallNext) -> Response:
    ran.append(request.url.path)
    response = await call_next(request)
    response.headers["x-guard"] = "1"
    return response


inner = FastAPI(title="Inner")


@inner.get("/items/{n}")
async def item(n: int, request: FastAPIRequest) -> dict[str, str]:
    return {"n": str(n), "url": str(request.url_for("item", n=7)), "root": request.scope["root_path"]}


@inner.get("/failing")
async def inner_failing() -> None:
    raise LookupError("inner")


@inner.websocket("/echo")
async def inner_echo(socket: FastAPIWebSocket) -> None:
    await socket.accept()
    await socket.send_text("inner")


def containing(directory: Path, **settings: Any) -> App:
    (directory / "a b.txt").write_text("static", encoding="utf-8")
    (directory.parent / "outside.txt").write_text("canary", encoding="utf-8")
    app = App(settings=Settings(mode="test", **settings), middleware=[guard])
    app.mount("/api2", inner)
    app.mount("/static", StaticFiles(directory=directory))
    app.get("/own")(own)
    app.get("/api2/own")(own)
    return app


async def own() -> str:
    return "own"


@pytest.fixture
def container(tmp_path: Path) -> App:
    ran.clear()
    (tmp_path / "static").mkdir()
    return containing(tmp_path / "static")


async def test_mounted_app_keeps_its_routes_docs_and_errors(container: App) -> None:
    found = (await get(container, "/api2/items/5")).json()
    assert found == {"n": "5", "url": f"{ORIGIN}/api2/items/7", "root": "/api2"}
    assert (await get(container, "/api2/items/x")).json()["detail"][0]["loc"] == ["path", "n"]
    assert (await get(container, "/api2/absent")).json() == {"detail": "Not Found"}
    assert (await get(container, "/api2/openapi.json")).json()["servers"] == [{"url": "/api2"}]
    assert "/api2/openapi.json" in (await get(container, "/api2/docs")).text
    with pytest.raises(LookupError, match="inner"):
        await get(container, "/api2/failing")


async def test_guards_and_headers_do_not_leak_into_a_mounted_app(container: App) -> None:
    response = await get(container, "/api2/items/5")
    assert ran == []
    assert {"x-guard", "content-security-policy"}.isdisjoint(response.headers)
    assert response.headers["x-content-type-options"] == "nosniff"
    response = await get(container, "/own")
    assert ran == ["/own"]
    assert {"x-guard", "x-content-type-options"} <= response.headers.keys()


async def test_route_comes_before_a_mount(container: App) -> None:
    assert (await get(container, "/api2/own")).json() == "own"
    assert ran == ["/api2/own"]


@pytest.mark.parametrize("path", ["/api20/items/5", "/API2/items/5", "//api2/items/5", "/x/../api2/items/5", "/api2%2Fitems/5"])
async def test_other_path_does_not_reach_a_mount(container: App, path: str) -> None:
    assert (await exchange(container, "GET", path)).json["code"] == "NOT_FOUND"


async def test_socket_reaches_a_mounted_app(container: App) -> None:
    async with socket(container, "/api2/echo") as conversation:
        assert (await conversation.take())["type"] == "websocket.accept"
        assert (await conversation.take())["text"] == "inner"


async def test_static_files_are_served(container: App) -> None:
    response = await get(container, "/static/a%20b.txt")
    assert (response.text, response.headers["content-type"]) == ("static", "text/plain; charset=utf-8")
    again = await get(container, "/static/a%20b.txt", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["/static/absent", "/static/../outside.txt", "/static/%2e%2e/outside.txt", "/static/..%2foutside.txt", "/static//etc/passwd"],
)
async def test_nothing_outside_the_static_files_is_served(container: App, path: str) -> None:
    with_status = await _status(container, path)
    assert with_status == 404


async def _status(app: App, path: str) -> int:
    from starlette.exceptions import HTTPException

    try:
        return (await exchange(app, "GET", path)).status
    except HTTPException as error:
        return error.status_code


async def test_unknown_host_reaches_no_mounted_app(tmp_path: Path) -> None:
    app = containing(tmp_path, allowed_hosts=("shop.example",))
    answer = await exchange(app, "GET", "/api2/items/5", {"host": "evil.example"})
    assert (answer.status, answer.json["code"]) == (400, "BAD_REQUEST")
    async with socket(app, "/api2/echo", {"host": "evil.example"}) as conversation:
        assert (await conversation.take())["type"] == "websocket.close"
        await conversation.end()
    assert (await exchange(app, "GET", "/api2/items/5")).status == 200


async def test_mount_at_the_root_takes_what_nothing_else_does() -> None:
    app = App(settings=Settings(mode="test"))
    app.get("/own")(own)
    app.mount("/", inner)
    assert (await get(app, "/own")).json() == "own"
    assert (await get(app, "/items/5")).json()["n"] == "5"
    assert (await get(app, "/absent")).json() == {"detail": "Not Found"}


async def test_twofold_mounts_twofold() -> None:
    app = App(settings=Settings(mode="test"))
    app.mount("/shop", shop)
    assert "href='/shop/api/stock/A%201" in (await get(app, "/shop/products/A-1")).text
    assert (await get(app, "/shop/products/A-1/")).headers["location"] == "/shop/products/A-1"


# ASGI middleware around everything


class Naming:
    """ASGI middleware that adds its name to a header."""

    def __init__(self, app: Any, name: str = "x") -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def named(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-name", self.name.encode())]}
            await send(message)

        await self.app(scope, receive, named)


async def test_last_wrapping_is_the_outermost(container: App) -> None:
    container.wrap(Naming, name="inner")
    container.wrap(Naming, name="outer")
    for path in ("/own", "/api2/items/5", "/absent"):
        assert (await exchange(container, "GET", path)).values("x-name") == ["inner", "outer"]


async def test_cors_of_starlette_wraps_the_app() -> None:
    app = App(settings=Settings(mode="test"))
    app.get("/own")(own)
    app.wrap(CORSMiddleware, allow_origins=["https://pay.example"], allow_methods=["GET"])
    preflight = {"origin": "https://pay.example", "access-control-request-method": "GET"}
    response = await exchange(app, "OPTIONS", "/own", preflight)
    assert (response.status, response.headers["access-control-allow-origin"]) == (200, "https://pay.example")
    assert (await exchange(app, "GET", "/own", {"origin": "https://pay.example"})).json == "own"


async def test_wrapping_can_answer_itself() -> None:
    app = App(settings=Settings(mode="test"))
    app.wrap(lambda inner: PlainTextResponse("maintenance", 503))
    assert (await get(app, "/anything")).text == "maintenance"
