"""Pages: components in their layouts, escaped unless they say otherwise, with the nearest page for a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from htpy import body, li, p, ul
from htpy import html as html_element
from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape
from starlette.responses import JSONResponse, StreamingResponse

from support.app_packages import app_package
from support.asgi import exchange, get, send
from twofold import App, ConfigurationError, Failure, Forbidden, NotFound, Redirect, Response, Settings, redirect

HTML = {"accept": "text/html"}
EVIL = "<script>alert('x')</script>&\""


# What a component gives


class Element:
    """Anything with `__html__` is HTML."""

    def __init__(self, html: str) -> None:
        self.html = html

    def __html__(self) -> str:
        return self.html


templates = Environment(autoescape=True, loader=DictLoader({"page.html": "<p>{{ text }}</p>{{ html }}"}))


def jinja() -> Markup:
    return Markup(templates.get_template("page.html").render(text=EVIL, html=Markup("<b>")))


SHOWN: list[tuple[str, Callable[[], Any], str]] = [
    ("text", lambda: EVIL, str(escape(EVIL))),
    ("markup", lambda: Markup("<p>{}</p>").format(EVIL), f"<p>{escape(EVIL)}</p>"),
    ("element", lambda: Element("<hr>"), "<hr>"),
    ("htpy", lambda: p(title=EVIL)[EVIL], f'<p title="{escape(EVIL)}">{escape(EVIL)}</p>'),
    ("htpy tree", lambda: ul[(li[n] for n in "ab")], "<ul><li>a</li><li>b</li></ul>"),
    ("jinja", jinja, f"<p>{escape(EVIL)}</p><b>"),
    ("nothing", lambda: None, ""),
    ("number", lambda: 5, "5"),
    ("decimal", lambda: Decimal("1.50"), "1.50"),
    ("list", lambda: [Element("<i>"), EVIL, None, 3], f"<i>{escape(EVIL)}3"),
    ("nested list", lambda: [[Element("<i>")], [["<"]]], "<i>&lt;"),
    ("generator", lambda: (one for one in ["<", Element("<b>")]), "&lt;<b>"),
    ("unicode", lambda: "é\N{SNOWMAN}", "é\N{SNOWMAN}"),
]


@pytest.mark.parametrize(("name", "make", "html"), SHOWN, ids=[name for name, _, _ in SHOWN])
@pytest.mark.parametrize("is_async", [True, False])
async def test_component_is_escaped_unless_it_is_html(name: str, make: Callable[[], Any], html: str, is_async: bool) -> None:
    app = App(settings=Settings(mode="test"))

    async def page() -> Any:
        return make()

    app.page("/")(page if is_async else make)
    answer = await exchange(app, "GET", "/")
    assert (answer.status, answer.body.decode()) == (200, html)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-length"] == str(len(html.encode()))
    assert answer.headers["cache-control"] == "private, no-cache"


async def forgotten() -> str:
    return "x"


@pytest.mark.parametrize("value", [b"<b>", {"a": 1}, object(), forgotten], ids=repr)
async def test_what_has_no_html_is_a_fault_of_the_app(value: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=Settings(mode="test"))
    app.page("/")(lambda: value)
    assert (await exchange(app, "GET", "/")).status == 500
    assert "which has no HTML" in caplog.text


async def test_forgotten_await_is_told(caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=Settings(mode="test"))
    made = forgotten()
    app.page("/")(lambda: made)
    assert (await exchange(app, "GET", "/")).status == 500
    assert "returned coroutine, which has no HTML" in caplog.text
    made.close()


# What a page gives instead

instead = App(settings=Settings(mode="test"))


@instead.layout
def surrounding(children: Markup) -> Markup:
    return Markup("<main>{}</main>").format(children)


@instead.page("/redirected")
async def redirected() -> Redirect:
    return redirect("/x", 307)


@instead.page("/raised")
async def raised() -> str:
    raise redirect("/x")


@instead.page("/json")
async def json() -> Response:
    return JSONResponse({"a": 1})


@instead.page("/stream")
async def stream() -> Response:
    return StreamingResponse(iter(["a", "b"]), media_type="text/csv")


@instead.page("/html")
async def shown() -> str:
    return "x"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/redirected", 307, ""),
        ("/raised", 303, ""),
        ("/json", 200, '{"a":1}'),
        ("/stream", 200, "ab"),
        ("/html", 200, "<main>x</main>"),
    ],
)
async def test_page_gives_a_response_or_a_redirect_without_layouts(path: str, status: int, text: str) -> None:
    response = await get(instead, path)
    assert (response.status_code, response.text) == (status, text)
    assert status == 200 or response.headers["location"] == "/x"


# Folders

FILES = {
    "__init__.py": "",
    "layout.py": """
        from markupsafe import Markup
        from twofold import Redirect, redirect
        def layout(children, to: str = "", fail: str = "") -> Markup | Redirect:
            if to: return redirect(to)
            if fail == "root": raise ValueError("canary")
            return Markup("root({})").format(children)
        """,
    "page.py": "def page() -> str: return 'home'",
    "not_found.py": "def not_found() -> str: return 'root not found'",
    "error.py": """
        from twofold import Failure
        def error(error: Failure) -> str: return f'root error {error.status} {error.message}'
        """,
    "products/layout.py": """
        from markupsafe import Markup
        def layout(children, fail: str = "") -> Markup:
            if fail == "products": raise ValueError("canary")
            return Markup("products({})").format(children)
        """,
    "products/not_found.py": "def not_found() -> str: return 'no such product'",
    "products/_sku_/page.py": """
        from twofold import Forbidden, NotFound, AuthRequired, redirect
        async def page(sku: str) -> str:
            if sku == "none": raise NotFound
            if sku == "secret": raise Forbidden("Keep <out>")
            if sku == "broken": raise ValueError("canary")
            if sku == "anonymous": raise AuthRequired
            return f"product {sku}"
        """,
    "products/_sku_/layout.py": """
        from markupsafe import Markup
        def layout(children, sku: str) -> Markup: return Markup("{}({})").format(sku, children)
        """,
    "products/_sku_/reviews/page.py": "def page(sku: str) -> str: return f'reviews of {sku}'",
    "products/_sku_/reviews/error.py": """
        def error() -> str: raise ValueError("canary")
        """,
    "products/_sku_/reviews/_n_/page.py": """
        from twofold import NotFound
        def page(sku: str, n: int) -> str:
            if n == 0: raise ValueError("canary")
            if n == 1: raise NotFound
            return f'review {n} of {sku}'
        """,
    "moved/page.py": "from twofold import Forbidden\ndef page() -> str: raise Forbidden",
    "moved/error.py": "from twofold import Failure, redirect\ndef error(error: Failure): return redirect('/sign-in')",
    "moved_by_raise/page.py": "from twofold import NotFound\ndef page() -> str: raise NotFound",
    "moved_by_raise/not_found.py": "from twofold import redirect\ndef not_found() -> str: raise redirect('/search')",
    "api/route.py": "from twofold import NotFound\nasync def GET() -> str: raise NotFound",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with app_package(tmp_path_factory.mktemp("pages")) as package:
        package.write(FILES)
        yield App(package.name, settings=Settings(mode="test"))


SHOWN_IN_FOLDERS = [
    ("/", 200, "root(home)"),
    ("/products/A", 200, "root(products(A(product A)))"),
    ("/products/%3Cb%3E", 200, "root(products(&lt;b&gt;(product &lt;b&gt;)))"),
    ("/products/A/reviews", 200, "root(products(A(reviews of A)))"),
    ("/products/A/reviews/7", 200, "root(products(A(review 7 of A)))"),
    # The nearest page for a failure, in the layouts of its own folder.
    ("/products/none", 404, "root(products(no such product))"),
    ("/products/A/reviews/x", 404, "root(products(no such product))"),
    ("/products/A/reviews/1", 404, "root(products(no such product))"),
    ("/products/secret", 403, "root(root error 403 Keep &lt;out&gt;)"),
    ("/products/anonymous", 401, "root(root error 401 Sign in to continue)"),
    ("/products/broken", 500, "root(root error 500 Something went wrong)"),
    # A page for a failure that fails itself leaves it to the next one.
    ("/products/A/reviews/0", 500, "root(root error 500 Something went wrong)"),
    ("/products/A?fail=products", 500, "root(root error 500 Something went wrong)"),
    ("/?fail=root", 500, "plain"),
    ("/absent", 404, "root(root not found)"),
    ("/products", 404, "root(root not found)"),
    ("/?to=/x", 303, ""),
    ("/moved", 303, ""),
    ("/moved-by-raise", 303, ""),
    ("/%ff", 400, "root(root error 400 The request is malformed)"),
]


@pytest.mark.parametrize(("target", "status", "text"), SHOWN_IN_FOLDERS, ids=[row[0] for row in SHOWN_IN_FOLDERS])
async def test_folder_has_its_layouts_and_pages_for_failures(folders: App, target: str, status: int, text: str) -> None:
    answer = await exchange(folders, "GET", target, HTML)
    assert answer.status == status
    assert b"canary" not in answer.body
    if text == "plain":
        assert "<h1>Something went wrong</h1>" in answer.body.decode()
    else:
        assert answer.body.decode() == text


async def test_failure_of_a_page_is_not_stored(folders: App) -> None:
    for target in ("/products/none", "/products/secret", "/products/broken", "/absent"):
        answer = await exchange(folders, "GET", target, HTML)
        assert answer.headers["cache-control"] == "no-store"
    assert (await exchange(folders, "GET", "/products/secret", HTML)).headers["vary"] == "Sec-Fetch-Site, Origin"
    assert (await exchange(folders, "GET", "/products/anonymous", HTML)).headers["www-authenticate"] == "Bearer"


async def test_handler_in_a_folder_fails_as_a_handler(folders: App) -> None:
    answer = await exchange(folders, "GET", "/api", HTML)
    assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_page_refuses_other_methods_as_a_page(folders: App, method: str) -> None:
    response = await send(folders, method, "/products/A", headers=HTML)
    assert (response.status_code, response.text) == (405, "root(root error 405 This method is not allowed here)")


# Without folders

single = App(settings=Settings(mode="test"))


@single.layout
def outer(children: Markup) -> Any:
    return html_element[body[children]]


@single.layout
def inner(children: Markup) -> Markup:
    return Markup("inner({})").format(children)


@single.error
def on_failure(error: Failure) -> str:
    return f"{error.code} {error.digest is not None}"


@single.not_found
async def on_absence() -> str:
    return "nothing here"


@single.page("/")
def home() -> str:
    return "home"


@single.page("/{kind}")
def failing(kind: str) -> str:
    raise {"absent": NotFound, "forbidden": Forbidden, "broken": ValueError}[kind]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/", 200, "home"),
        ("/absent", 404, "nothing here"),
        ("/no/where", 404, "nothing here"),
        ("/forbidden", 403, "FORBIDDEN False"),
        ("/broken", 500, "INTERNAL True"),
    ],
)
async def test_single_file_has_layouts_and_pages_for_failures(path: str, status: int, text: str) -> None:
    response = await get(single, path, headers=HTML)
    assert (response.status_code, response.text) == (status, f"<!doctype html><html><body>inner({text})</body></html>")


async def test_error_page_shows_nothing_internal_by_what_it_is_given() -> None:
    app = App(settings=Settings(mode="production", secrets="jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"))

    @app.error
    def error(error: Failure) -> str:
        return f"{error} {error!r} {error.message} {error.details} {error.args} {error.data} {error.fields}"

    @app.page("/")
    def broken() -> str:
        raise ValueError("canary")

    response = await get(app, "/", headers=HTML)
    assert (response.status_code, "canary" in response.text) == (500, False)


def test_second_page_at_a_route_is_refused() -> None:
    app = App(settings=Settings(mode="test"))
    app.page("/")(home)
    with pytest.raises(ConfigurationError, match="is answered at"):
        app.page("/")(on_absence)
