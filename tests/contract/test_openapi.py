"""The document and the page about it, as an app serves them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.responses import PlainTextResponse

from example.world import main
from support.app_packages import app_package
from support.asgi import exchange
from support.openapi_app import app as corpus
from twofold import App, CallNext, ConfigurationError, Request, Response, Settings
from twofold.openapi import openapi_document, serve_openapi
from twofold.openapi.page import BASE, POLICY, render
from twofold.testing import Client

FACTS = {"title": "Lamps", "version": "1.0"}
DOCUMENT: dict[str, Any] = openapi_document(corpus, **FACTS)
PAGE = render(DOCUMENT, "/openapi.json")


def made(**options: Any) -> App:
    app = App(settings=Settings(mode="test"))

    @app.get("/api/lamps/{number}")
    async def lamp(number: int) -> str:
        """Show a lamp."""
        return "lamp"

    serve_openapi(app, **{**FACTS, **options})
    return app


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


# The document


@pytest.mark.parametrize("app", [corpus, main.app], ids=["corpus", "shop"])
def test_the_document_is_openapi(app: App) -> None:
    validate(openapi_document(app, **FACTS))


def test_an_app_without_route_handlers_has_a_document_too() -> None:
    validate(openapi_document(App(settings=Settings(mode="test")), **FACTS))


def test_the_document_is_the_same_every_time() -> None:
    assert json.dumps(openapi_document(corpus, **FACTS)) == json.dumps(DOCUMENT)


def test_the_document_does_not_depend_on_the_order_of_registration() -> None:
    async def one(x: int) -> int:
        return x

    async def other(y: str) -> str:
        return y

    def documented(*pairs: tuple[str, Any]) -> str:
        app = App(settings=Settings(mode="test"))
        for pattern, function in pairs:
            app.get(pattern)(function)
        return json.dumps(openapi_document(app, **FACTS))

    assert documented(("/a", one), ("/b", other)) == documented(("/b", other), ("/a", one))


def test_pages_actions_and_sockets_never_appear() -> None:
    text = json.dumps(DOCUMENT)
    assert "/" not in DOCUMENT["paths"]
    for hidden in ("hidden_action", "secret_parameter", "/api/socket", "_twofold", "home", "websocket"):
        assert hidden not in text


def test_the_pages_and_actions_of_the_shop_never_appear() -> None:
    assert [path for path in openapi_document(main.app, **FACTS)["paths"] if not re.match("/(api|pictures|healthz)", path)] == []


def test_the_document_is_not_in_itself() -> None:
    assert list(openapi_document(made(), **FACTS)["paths"]) == ["/api/lamps/{number}"]


def test_ids_are_unique_where_their_words_are_the_same() -> None:
    app = App(settings=Settings(mode="test"))

    async def handler() -> None: ...

    for pattern in ("/a-b", "/a/b", "/a_b"):
        app.get(pattern)(handler)
    assert [one["operationId"] for one in operations(openapi_document(app, **FACTS))] == ["get_a_b", "get_a_b_2", "get_a_b_3"]


def test_folders_are_described_like_decorators(tmp_path: Path) -> None:
    with app_package(tmp_path) as package:
        package.write({"api/stock/_sku_/route.py": "async def GET(sku: str) -> int:\n    return 1\n"})
        document = openapi_document(App(package.name, settings=Settings(mode="test")), **FACTS)
    assert document["paths"]["/api/stock/{sku}"]["get"]["operationId"] == "get_api_stock_by_sku"
    assert document["tags"] == [{"name": "stock"}]


WRONG = [
    {"title": ""}, {"version": " "}, {"version": 1}, {"servers": []}, {"servers": "https://a"}, {"path": "openapi.json"},
    {"docs": "/docs/{page}"},
]  # fmt: skip


@pytest.mark.parametrize("options", WRONG)
def test_misuse_is_refused_when_it_is_written(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        made(**options)


def test_a_path_that_is_taken_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="is answered at"):
        made(docs="/openapi.json")


# Served


async def test_the_document_is_served_and_is_that_of_the_function() -> None:
    answer = await exchange(made(), "GET", "/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == openapi_document(made(), **FACTS)


async def test_a_client_that_has_the_document_does_not_get_it_again() -> None:
    app = made()
    first = await exchange(app, "GET", "/openapi.json")
    again = await exchange(app, "GET", "/openapi.json", {"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await exchange(app, "GET", "/openapi.json", {"if-none-match": '"other"'})).status == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
async def test_the_document_and_the_page_keep_to_the_methods_of_http(path: str) -> None:
    app = made()
    assert (await exchange(app, "HEAD", path)).body == b""
    assert (await exchange(app, "POST", path)).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_paths_are_chosen_and_the_page_may_be_left_out() -> None:
    app = made(path="/api/schema.json", docs=None)
    assert (await exchange(app, "GET", "/api/schema.json")).status == 200
    assert (await exchange(app, "GET", "/docs")).status == 404


async def test_a_mounted_app_says_where_it_is() -> None:
    outer = App(settings=Settings(mode="test"))
    inner = made()
    inner.start()
    outer.mount("/shop", inner)
    assert (await exchange(outer, "GET", "/shop/openapi.json")).json["servers"] == [{"url": "/shop"}]
    page = (await exchange(outer, "GET", "/shop/docs")).body.decode()
    assert 'href="https://shop.example/shop/openapi.json"' in page
    assert "https://shop.example/shop/api/lamps/" in page


async def test_servers_that_are_named_are_those_of_the_examples() -> None:
    app = made(servers=["https://api.example/v1/"])
    assert (await exchange(app, "GET", "/openapi.json")).json["servers"] == [{"url": "https://api.example/v1/"}]
    page = (await exchange(app, "GET", "/docs")).body.decode()
    assert "curl &#34;https://api.example/v1/api/lamps/1&#34;" in page
    assert 'href="https://shop.example/openapi.json"' in page


async def test_the_middleware_of_the_app_guards_both() -> None:
    async def closed(request: Request, call_next: CallNext) -> Response:
        return PlainTextResponse("closed", 403)

    app = App(settings=Settings(mode="test"), middleware=[closed])
    serve_openapi(app, **FACTS)
    assert [(await exchange(app, "GET", path)).status for path in ("/openapi.json", "/docs")] == [403, 403]


HOSTS = ['a"><script>alert(1)</script>', "a';reboot;'", "$(reboot)", "`reboot`", "a b", "a\\b", "a&b"]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_hostile_host_is_in_no_example(host: str) -> None:
    page = (await exchange(made(), "GET", "/docs", {"host": host})).body.decode()
    assert host not in html.unescape(page)
    assert "http://localhost/api/lamps/" in page


# The page


async def test_the_page_has_a_policy_that_runs_nothing() -> None:
    answer = await exchange(made(), "GET", "/docs")
    assert answer.headers["content-security-policy"] == POLICY
    assert "<script" not in answer.body.decode()
    assert not re.search(r"\son[a-z]+=|\sstyle=", answer.body.decode())


def test_the_page_loads_nothing_from_elsewhere() -> None:
    targets = re.findall(r'(?:src|href)="([^"]*)', PAGE)
    assert [target for target in targets if not target.startswith(("#", "data:image/svg+xml", BASE))] == []
    assert "url(" not in PAGE


def test_every_operation_and_every_model_is_on_the_page() -> None:
    ids = re.findall(r'\bid="?([^" >]+)', PAGE)
    assert len(ids) == len(set(ids))
    assert {one["operationId"] for one in operations(DOCUMENT)} <= set(ids)
    assert {f"model-{name}" for name in DOCUMENT["components"]["schemas"]} <= set(ids)


def test_every_link_within_the_page_leads_somewhere() -> None:
    ids = set(re.findall(r'\bid="?([^" >]+)', PAGE))
    assert set(re.findall(r'href="#([^"]+)"', PAGE)) <= ids


def test_what_an_author_writes_is_shown_as_text() -> None:
    app = App(settings=Settings(mode="test"))

    @app.get("/x")
    async def hostile(x: str = "<b>default</b>") -> str:
        """Show <script>alert(1)</script> and `<i>`."""
        return x

    page = render(openapi_document(app, title="<h1>", version="</title>", description="<img src=x>"), "/openapi.json")
    assert not re.search(r"<script|<img|<b>default|<i>|</title></title>", page)
    assert type(page) is str
    assert "<h1>&lt;h1&gt; " in page
    assert "<code>&lt;i&gt;</code>" in page


async def test_the_page_is_a_page_of_the_app() -> None:
    async with Client(made()) as client:
        page = await client.page("/docs")
        assert "Show a lamp" in page.text
