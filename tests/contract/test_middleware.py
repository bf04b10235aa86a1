"""Middleware: one shape around pages, actions and handlers; a guard belongs to the folder, whatever the request looks like."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from support.app_packages import app_package
from support.asgi import SAME_ORIGIN, exchange, get, post, visitor
from twofold import App, CallNext, ConfigurationError, Request, Response, Settings, action, use

TEST = Settings(mode="test")
trace: list[str] = []

MIDDLEWARE = """
    from twofold import Response
    from support.trace import trace
    async def middleware(request, call_next):
        trace.append("{name}")
        if request.headers.get("x-stop") == "{name}":
            return Response("stopped by {name}", 403)
        response = await call_next(request)
        trace.append(f"{name} {{response.status_code}}")
        return response
    """
FILES = {
    "__init__.py": "",
    "middleware.py": MIDDLEWARE.format(name="root"),
    "page.py": """
        from markupsafe import Markup
        from twofold import NotFound
        from .admin.actions import restock, audited
        from .actions import reserve
        def page() -> Markup:
            forms = [reserve.form(), restock.form(), audited.form()]
            return Markup("").join(Markup("<form {}>{}</form>").format(f.attrs, f.hidden) for f in forms)
        """,
    "actions.py": """
        from twofold import action
        from support.trace import trace
        @action(export=True)
        async def reserve() -> None: trace.append("reserve")
        """,
    "open/page.py": "def page() -> str: return 'open'",
    "admin/middleware.py": MIDDLEWARE.format(name="admin"),
    "admin/page.py": """
        from markupsafe import Markup
        from .actions import restock
        from support.trace import trace
        def page() -> Markup:
            trace.append("page")
            f = restock.form()
            return Markup("<form {}>{}</form>").format(f.attrs, f.hidden)
        """,
    "admin/actions.py": """
        from twofold import action, Response
        from support.trace import trace
        async def own(request, call_next):
            trace.append("own")
            return await call_next(request)
        @action(export=True)
        async def restock() -> None: trace.append("restock")
        @action(export=True, middleware=[own])
        async def audited() -> None: trace.append("audited")
        """,
    "admin/users/_name_/page.py": """
        from support.trace import trace
        def page(name: str) -> str:
            trace.append("page")
            return name
        """,
    "admin/api/route.py": """
        from twofold import NotFound, use
        from support.trace import trace
        async def extra(request, call_next):
            trace.append("extra")
            return await call_next(request)
        async def GET() -> str:
            trace.append("handler")
            return "secret"
        @use(extra)
        async def POST() -> None:
            trace.append("handler")
        async def DELETE() -> None:
            raise NotFound
        async def PUT() -> None:
            raise ValueError
        """,
    "admin/deep/middleware.py": MIDDLEWARE.format(name="deep"),
    "admin/deep/_rest_/page.py": """
        from support.trace import trace
        def page(rest: tuple[str, ...] = ()) -> str:
            trace.append("page")
            return "deep"
        """,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with app_package(tmp_path_factory.mktemp("guarded")) as package:
        # Modules of the package share this list with the tests.
        sys.modules["support.trace"] = SimpleNamespace(trace=trace)  # type: ignore[assignment]
        package.write(FILES)
        yield App(package.name, settings=TEST)
        del sys.modules["support.trace"]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    trace.clear()


ORDER = [
    ("GET", "/", ["root", "root 200"]),
    ("GET", "/open", ["root", "root 200"]),
    ("GET", "/admin", ["root", "admin", "page", "admin 200", "root 200"]),
    ("HEAD", "/admin", ["root", "admin", "page", "admin 200", "root 200"]),
    ("GET", "/admin/users/a", ["root", "admin", "page", "admin 200", "root 200"]),
    ("GET", "/admin/api", ["root", "admin", "handler", "admin 200", "root 200"]),
    ("POST", "/admin/api", ["root", "admin", "extra", "handler", "admin 204", "root 204"]),
    ("DELETE", "/admin/api", ["root", "admin", "admin 404", "root 404"]),
    ("PUT", "/admin/api", ["root", "admin", "admin 500", "root 500"]),
    ("PATCH", "/admin/api", ["root", "admin", "admin 405", "root 405"]),
    ("GET", "/admin/deep", ["root", "admin", "deep", "page", "deep 200", "admin 200", "root 200"]),
    ("GET", "/admin/deep/a/b", ["root", "admin", "deep", "page", "deep 200", "admin 200", "root 200"]),
    ("POST", "/admin", ["root", "admin", "admin 405", "root 405"]),
    ("POST", "/admin?/no.such.action", ["root", "admin", "admin 403", "root 403"]),
    ("GET", "/absent", ["root", "root 404"]),
]


@pytest.mark.parametrize(("method", "target", "expected"), ORDER)
async def test_middleware_runs_from_the_root_inwards_and_sees_every_answer(
    folders: App, method: str, target: str, expected: list[str]
) -> None:
    await exchange(folders, method, target)
    assert trace == expected


@pytest.mark.parametrize("name", ["root", "admin", "deep"])
async def test_middleware_that_stops_answers_itself(folders: App, name: str) -> None:
    answer = await exchange(folders, "GET", "/admin/deep", {"x-stop": name})
    assert (answer.status, answer.body.decode()) == (403, f"stopped by {name}")
    assert "page" not in trace
    assert answer.headers["x-content-type-options"] == "nosniff"


# No way around a guard

STOP = {"x-stop": "admin", **SAME_ORIGIN}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "GE/T"]
WAYS = [
    "/admin", "/admin/", "/%61dmin", "/%61%64%6D%69%6e", "/admin?", "/admin?x=1", "/admin?/no.such.action", "/admin/?/x",
    "/admin/users/a", "/admin/users/a/", "/admin/users/%2e", "/admin/users/..%2f", "/admin/users/%2F", "/admin/users/A%00",
    "/admin/api", "/admin/api/", "/admin/%61pi", "/admin/deep", "/admin/deep/", "/admin/deep/a/b/c", "/admin/deep/..;/x",
    "/admin/api;x=1", "/admin/users/a;b",
]  # fmt: skip
ELSEWHERE = [
    "//admin", "/admin//", "//admin/api", "/admin//api", "/ADMIN", "/Admin/api", "/./admin", "/admin/.", "/x/../admin",
    "/admin/../admin", "/admin%2Fapi", "/admin%252Fapi", "/%2561dmin", "\\admin", "/admin\\api", "/admin/api/.", "/admin%20",
    "/admin%09", "/admin.", "/admin/api.json", "/open/../admin", "/open/%2e%2e/admin", "/;/admin",
    "/admin\u200b".encode().decode("latin-1"), "/%ef%bc%8fadmin", "/admin%ff", "",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", WAYS + ELSEWHERE)
async def test_no_way_of_writing_a_request_goes_around_a_guard(folders: App, method: str, target: str) -> None:
    for headers in (
        STOP,
        {**STOP, "x-middleware-subrequest": "app"},
        {**STOP, "x-original-url": "/open", "x-rewrite-url": "/open"},
    ):
        trace.clear()
        answer = await exchange(folders, method, target, headers)
        assert not {"page", "handler", "restock", "audited"} & set(trace), trace
        assert b"secret" not in answer.body
        assert answer.status >= 300


@given(text=st.text(st.sampled_from("/admin.%2fF5Ce;\\?#&= \t~\u00e9api"), max_size=20))
async def test_no_spelling_of_a_path_goes_around_a_guard(folders: App, text: str) -> None:
    trace.clear()
    await exchange(folders, "GET", "/" + text.encode().decode("latin-1"), STOP)
    assert not {"page", "handler"} & set(trace)


def forms(page: str) -> dict[str, tuple[str, str]]:
    """The query and the token of each form, by the action's name."""
    actions = [html.unescape(one) for one in re.findall(r'<form [^>]*action="([^"]+)"', page)]
    tokens = re.findall(r'name="_tf" value="([^"]+)"', page)
    return {query.rpartition(".")[2]: (query, token) for query, token in zip(actions, tokens, strict=True)}


@pytest.mark.parametrize("name", ["restock", "audited"])
async def test_action_of_a_folder_is_guarded_whatever_page_it_is_called_from(folders: App, name: str) -> None:
    async with visitor(folders, headers=SAME_ORIGIN) as http:
        query, token = forms((await http.get("/")).text)[name]
        for url in ("/", "/open", "/admin", "/_twofold/call", "/absent"):
            for headers in ({"x-stop": "admin"}, {"x-stop": "admin", "twofold-call": "k" * 20}):
                trace.clear()
                assert (await http.post(f"{url}{query}", data={"_tf": token}, headers=headers)).status_code in (
                    403,
                    404,
                    405,
                    415,
                )
                assert (await http.post(f"{url}{query}", json={}, headers=headers)).status_code in (403, 404, 405)
                assert name not in trace


async def test_action_of_a_folder_runs_behind_its_guards_once(folders: App) -> None:
    async with visitor(folders, headers=SAME_ORIGIN) as http:
        found = forms((await http.get("/")).text)
        for name, inner in (
            ("restock", ["admin", "restock", "admin 303"]),
            ("audited", ["admin", "own", "audited", "admin 303"]),
        ):
            trace.clear()
            query, token = found[name]
            assert (await http.post(f"/{query}", data={"_tf": token})).status_code == 303
            assert trace == ["root", *inner, "root 303"]
        query, token = forms((await http.get("/admin")).text)["restock"]
        trace.clear()
        assert (await http.post(f"/admin{query}", data={"_tf": token})).status_code == 303
        assert trace == ["root", "admin", "restock", "admin 303", "root 303"]


async def test_action_called_by_the_client_runs_behind_the_guards_of_its_folder(folders: App) -> None:
    async with visitor(folders, headers=SAME_ORIGIN) as http:
        query, _ = forms((await http.get("/")).text)["audited"]
        trace.clear()
        response = await http.post(f"/_twofold/call{query}", json={}, headers={"twofold-call": "k" * 20})
    assert (response.status_code, trace) == (200, ["root", "admin", "own", "audited", "admin 200", "root 200"])


async def test_token_of_a_guarded_page_is_good_at_that_page_only(folders: App) -> None:
    async with visitor(folders, headers=SAME_ORIGIN) as http:
        query, token = forms((await http.get("/admin")).text)["restock"]
        trace.clear()
        for url in ("/", "/open", "/admin/users/a"):
            assert (await http.post(f"{url}{query}", data={"_tf": token})).status_code == 404
    assert "restock" not in trace


# Around one app


def answering(text: str, status: int = 200) -> Any:
    async def middleware(request: Request, call_next: CallNext) -> Response:
        return PlainTextResponse(text, status)

    return middleware


def naming(name: str) -> Any:
    async def middleware(request: Request, call_next: CallNext) -> Response:
        trace.append(name)
        response = await call_next(request)
        response.headers.append("x-passed", name)
        return response

    return middleware


async def plain() -> str:
    trace.append("reached")
    return "x"


async def test_first_of_the_apps_middleware_is_the_outermost() -> None:
    app = App(settings=TEST, middleware=[naming("first"), naming("second")])
    app.get("/")(use(naming("third"), naming("fourth"))(use(naming("fifth"))(_copy())))
    answer = await exchange(app, "GET", "/")
    assert trace == ["first", "second", "third", "fourth", "fifth", "reached"]
    assert answer.values("x-passed") == ["fifth", "fourth", "third", "second", "first"]


def _copy() -> Any:
    async def handler() -> str:
        return await plain()

    return handler


async def test_answer_of_a_middleware_is_used() -> None:
    app = App(settings=TEST, middleware=[answering("instead", 418)])
    app.get("/")(plain)
    app.page("/page")(plain)
    for path in ("/", "/page", "/absent"):
        response = await get(app, path)
        assert (response.status_code, response.text) == (418, "instead")
    assert trace == []


FAILURES = [
    ("/error", 500),
    ("/conflict", 409),
    ("/not-found", 404),
    ("/redirect", 303),
    ("/absent", 404),
    ("/validated?n=x", 422),
    ("/%ff", 400),
]


@pytest.mark.parametrize(("target", "status"), FAILURES)
async def test_failure_passes_middleware_as_a_response(target: str, status: int) -> None:
    from twofold import Conflict, NotFound, redirect

    seen: list[int] = []

    async def watching(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        seen.append(response.status_code)
        response.headers["x-seen"] = "1"
        return response

    app = App(settings=TEST, middleware=[watching])

    @app.get("/validated")
    async def validated(n: int) -> int:
        return n

    @app.get("/{how}")
    async def failing(how: str) -> str:
        raise {"error": ValueError(), "conflict": Conflict(), "not-found": NotFound(), "redirect": redirect("/x")}.get(
            how, NotFound()
        )

    answer = await exchange(app, "GET", target)
    assert answer.status == status
    # A path that means nothing leads to no route, and so to no middleware.
    assert (seen, answer.headers.get("x-seen")) == (([status], "1") if status != 400 else ([], None))


async def failing_middleware(request: Request, call_next: CallNext) -> Response:
    from twofold import AuthRequired

    raise {"told": AuthRequired("Sign in first"), "error": ValueError("canary")}[request.query_params["how"]]


async def forgetful(request: Request, call_next: CallNext) -> Any:
    await call_next(request)


@pytest.mark.parametrize(("how", "status"), [("told", 401), ("error", 500)])
async def test_failure_of_a_middleware_has_the_representation_of_its_place(how: str, status: int) -> None:
    app = App(settings=TEST, middleware=[naming("outer"), failing_middleware])
    app.get("/handler")(plain)
    app.page("/page")(plain)
    handled = await get(app, f"/handler?how={how}")
    shown = await get(app, f"/page?how={how}", headers={"accept": "text/html"})
    assert (handled.status_code, handled.headers["content-type"]) == (status, "application/json")
    assert (shown.status_code, shown.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "canary" not in handled.text + shown.text


async def test_middleware_that_forgets_its_response_is_told(caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=TEST, middleware=[forgetful])
    app.get("/")(plain)
    assert (await get(app, "/")).status_code == 500
    assert "forgetful returned None" in caplog.text


@action(export=True, middleware=[answering("stopped", 429)])
async def stopped() -> None:
    trace.append("action")


async def test_middleware_of_an_action_stops_it() -> None:
    app = App(settings=TEST)
    response = await post(app, f"/_twofold/call?/{stopped.id}", json={}, headers={**SAME_ORIGIN, "twofold-call": "k" * 20})
    assert (response.status_code, response.text, trace) == (429, "stopped", [])


@pytest.mark.parametrize("place", ["app", "use", "action"])
def test_what_is_no_middleware_is_refused_where_it_is_given(place: str) -> None:
    def wrong(request: Request) -> None: ...

    give: dict[str, Callable[[Any], Any]] = {
        "app": lambda one: App(settings=TEST, middleware=[one]),
        "use": lambda one: use(one)(plain),
        "action": lambda one: action(middleware=[one])(_copy()),
    }
    with pytest.raises(ConfigurationError, match="async def middleware"):
        give[place](wrong)


async def test_body_read_by_middleware_is_there_for_the_handler() -> None:
    async def reading(request: Request, call_next: CallNext) -> Response:
        trace.append((await request.body()).decode())
        return await call_next(request)

    app = App(settings=TEST, middleware=[reading])

    @app.post("/")
    async def handler(body: bytes) -> str:
        return body.decode()

    assert (await exchange(app, "POST", "/", {}, [b"a", b"b"])).json == "ab"
    assert trace == ["ab"]
