from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.app_packages import AppPackage, app_package
from twofold.discovery import Folder, FoundRoute, discover, flatten, surroundings

PAGE = "async def page(): ...\n"
LAYOUT = "def layout(children): ...\n"
MIDDLEWARE = "async def middleware(request, call_next): ...\n"
PRIVATE = "raise RuntimeError('private modules are not imported')\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppPackage]:
    with app_package(tmp_path) as package:
        yield package


def routes_of(app: AppPackage, files: Mapping[str, str]) -> dict[str, FoundRoute]:
    app.write(files)
    return {route.pattern: route for route in flatten(discover(app.name))}


def folders_of(folder: Folder) -> Iterator[Folder]:
    yield folder
    for child in folder.children:
        yield from folders_of(child)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("page.py", "/"),
        ("stock/page.py", "/stock"),
        ("stock_levels/page.py", "/stock-levels"),
        ("a/b/c/page.py", "/a/b/c"),
        ("Stock/page.py", "/Stock"),
        ("café/page.py", "/café"),
        ("_sku_/page.py", "/{sku}"),
        ("products/_sku_/page.py", "/products/{sku}"),
        ("products/_order_id_/page.py", "/products/{order_id}"),
        ("_shop_/items/_item_/page.py", "/{shop}/items/{item}"),
        ("_x_/page.py", "/{x}"),
        ("_class__/page.py", "/{class_}"),
        ("_private/page.py", None),
        ("_/page.py", None),
        ("__/page.py", None),
        ("___/page.py", None),
        ("__dunder__/page.py", None),
        ("stock/_private/page.py", None),
        ("_private/stock/page.py", None),
        (".git/page.py", None),
    ],
)
@pytest.mark.parametrize("has_init", [False, True])
def test_folder_names_make_the_pattern(app: AppPackage, path: str, pattern: str | None, has_init: bool) -> None:
    files = {path: PAGE}
    if has_init:
        files |= {str(parent / "__init__.py"): "" for parent in Path(path).parents}

    assert list(routes_of(app, files)) == ([] if pattern is None else [pattern])


@pytest.mark.parametrize(
    ("segment", "pattern"),
    [
        (".well-known", "/a/.well-known/page"),
        ("", "/a/page"),
        ("v1.0", "/a/v1.0/page"),
        ("class", "/a/class/page"),
        ("Grüße & co", "/a/Grüße & co/page"),
        ("stock_levels", "/a/stock_levels/page"),
    ],
)
def test_segment_spells_the_name(app: AppPackage, segment: str, pattern: str) -> None:
    files = {"a/odd/__init__.py": f"SEGMENT = {segment!r}\n", "a/odd/page/page.py": PAGE}

    assert list(routes_of(app, files)) == [pattern]


def test_group_shares_its_parent_url_and_keeps_its_layout(app: AppPackage) -> None:
    routes = routes_of(
        app,
        {
            "layout.py": LAYOUT,
            "marketing/__init__.py": "SEGMENT = ''\n",
            "marketing/layout.py": LAYOUT,
            "marketing/page.py": PAGE,
            "marketing/about/page.py": PAGE,
            "shop/__init__.py": "SEGMENT = ''\n",
            "shop/cart/page.py": PAGE,
        },
    )

    assert {pattern: len(route.surroundings.layouts) for pattern, route in routes.items()} == {"/": 2, "/about": 2, "/cart": 1}


@pytest.mark.parametrize(
    ("function", "pattern"),
    [
        ("async def page(it: str): ...", "/{it}"),
        ("async def page(it: int): ...", "/{it}"),
        ("from uuid import UUID\nasync def page(it: UUID): ...", "/{it}"),
        ("async def page(it: 'str | None'): ...", "/{it}"),
        ("async def page(): ...", "/{it}"),
        ("async def page(**it): ...", "/{it}"),
        ("async def page(other=1): ...", "/{it}"),
        ("async def page(it: tuple[str, ...]): ...", "/{it...}"),
        ("async def page(it: tuple[int, ...]): ...", "/{it...}"),
        ("async def page(it: tuple[str, ...] = ()): ...", "/{it...?}"),
        ("async def page(it: tuple[str, ...] = ('home',)): ...", "/{it...?}"),
        ("async def page(*, it: 'tuple[str, ...]' = ()): ...", "/{it...?}"),
        ("from __future__ import annotations\nasync def page(it: tuple[str, ...]) -> Unknown: ...", "/{it...}"),
        ("async def page(it: tuple[str, ...], other: 'Unknown'): ...", "/{it...}"),
        ("from typing import Annotated\nasync def page(it: Annotated[tuple[str, ...], 'x']): ...", "/{it...}"),
        ("from typing import Annotated\nasync def page(it: Annotated[str, 'tuple[str, ...]']): ...", "/{it}"),
        ("from typing import Tuple\nasync def page(it: Tuple[str, ...]): ...", "/{it...}"),
        ("from typing import NewType\nP = NewType('P', tuple[str, ...])\nasync def page(it: P): ...", "/{it...}"),
        ("from typing_extensions import TypeAliasType as A\nP = A('P', tuple[str, ...])\ndef page(it: P): ...", "/{it...}"),
        ("from functools import wraps\ndef f(it: tuple[str, ...]): ...\n@wraps(f)\ndef page(*a, **k): ...", "/{it...}"),
        ("class Page:\n  def __call__(self, it: tuple[str, ...]): ...\npage = Page()", "/{it...}"),
    ],
)
def test_annotation_tells_how_much_a_folder_takes(app: AppPackage, function: str, pattern: str) -> None:
    assert list(routes_of(app, {"_it_/page.py": function})) == [pattern]


@pytest.mark.parametrize(
    "files",
    [
        {"_it_/route.py": "async def GET(it: tuple[str, ...]): ...\nasync def POST(): ..."},
        {"_it_/group/page.py": "async def page(it: tuple[str, ...]): ...", "_it_/group/__init__.py": "SEGMENT = ''"},
        {"_it_/layout.py": "def layout(children, it: tuple[str, ...]): ...", "_it_/page.py": PAGE},
    ],
)
def test_any_function_of_a_dynamic_folder_can_tell(app: AppPackage, files: dict[str, str]) -> None:
    assert list(routes_of(app, files)) == ["/{it...}"]


def test_functions_below_a_dynamic_folder_can_tell(app: AppPackage) -> None:
    files = {"_sku_/history/page.py": "async def page(sku: str): ...", "_sku_/price/route.py": "def GET(sku: int): ..."}

    assert list(routes_of(app, files)) == ["/{sku}/history", "/{sku}/price"]


def test_handlers_are_found_by_method(app: AppPackage) -> None:
    source = """
        from http import HTTPStatus as STATUS
        from os import remove as delete
        from uuid import UUID

        LIMIT = 10

        async def POST(body: bytes): ...
        async def GET(sku: str): ...
        async def WEBSOCKET(socket): ...
        def helper(): ...
        def _get(): ...
        def SQL(): ...
    """
    route = routes_of(app, {"api/route.py": source})["/api"]

    assert list(route.handlers) == ["GET", "POST", "WEBSOCKET"]
    assert route.page is None
    assert route.source == f"{app.directory / 'api' / 'route.py'}:9"


def test_handler_may_be_imported(app: AppPackage) -> None:
    routes = routes_of(app, {"api/route.py": f"from {app.name}.api.impl import GET", "api/impl.py": "def GET(): ..."})

    assert list(routes["/api"].handlers) == ["GET"]


def test_page_has_its_place_and_function(app: AppPackage) -> None:
    route = routes_of(app, {"stock/page.py": "\n\n" + PAGE})["/stock"]

    assert route.page is sys.modules[f"{app.name}.stock.page"].__dict__["page"]
    assert dict(route.handlers) == {}
    assert route.source == f"{app.directory / 'stock' / 'page.py'}:3"


def test_surroundings_go_from_the_outside_in(app: AppPackage) -> None:
    routes = routes_of(
        app,
        {
            "layout.py": LAYOUT,
            "middleware.py": MIDDLEWARE,
            "not_found.py": "def not_found(): ...",
            "error.py": "def error(error): ...",
            "shop/middleware.py": MIDDLEWARE,
            "shop/cart/layout.py": LAYOUT,
            "shop/cart/not_found.py": "def not_found(): ...",
            "shop/cart/page.py": PAGE,
            "shop/api/route.py": "def GET(): ...",
            "blog/page.py": PAGE,
        },
    )
    around = {
        pattern: (
            [function.__module__.removeprefix(app.name) for function in route.surroundings.layouts],
            [function.__module__.removeprefix(app.name) for function in route.surroundings.middlewares],
            [(page.function.__module__.removeprefix(app.name), len(page.layouts)) for page in route.surroundings.not_found],
            [(page.function.__module__.removeprefix(app.name), len(page.layouts)) for page in route.surroundings.errors],
        )
        for pattern, route in routes.items()
    }

    assert around == {
        "/blog": ([".layout"], [".middleware"], [(".not_found", 1)], [(".error", 1)]),
        "/shop/api": ([".layout"], [".middleware", ".shop.middleware"], [(".not_found", 1)], [(".error", 1)]),
        "/shop/cart": (
            [".layout", ".shop.cart.layout"],
            [".middleware", ".shop.middleware"],
            [(".shop.cart.not_found", 2), (".not_found", 1)],
            [(".error", 1)],
        ),
    }


def test_root_surroundings_serve_paths_without_a_route(app: AppPackage) -> None:
    app.write({"layout.py": LAYOUT, "not_found.py": "def not_found(): ...", "middleware.py": MIDDLEWARE})
    around = surroundings(discover(app.name))

    assert [len(around.layouts), len(around.middlewares), len(around.not_found), len(around.errors)] == [1, 1, 1, 0]


def test_every_public_module_is_imported(app: AppPackage) -> None:
    app.write(
        {
            "__init__.py": "",
            "__main__.py": PRIVATE,
            "_secret.py": PRIVATE,
            "actions.py": "",
            "components/__init__.py": "",
            "components/button.py": "",
            "components/_parts/bolt.py": PRIVATE,
            "_private/__init__.py": PRIVATE,
            "products/_sku_/actions.py": "",
            "products/_sku_/page.py": PAGE,
            "my-script.py": PRIVATE,
        }
    )
    folders = list(folders_of(discover(app.name)))
    names = [module.__name__.removeprefix(app.name) for folder in folders for module in folder.modules]

    assert names == ["", ".actions", ".components", ".components.button", ".products._sku_.actions", ".products._sku_.page"]


def test_folder_without_python_is_left_alone(app: AppPackage) -> None:
    app.write({"page.py": PAGE, "templates/base.html": "", "static/css/": "", "actions.py": "", "actions/list.html": ""})
    root = discover(app.name)

    assert root.children == ()
    assert f"{app.name}.templates" not in sys.modules


def test_folder_tree_has_patterns_and_modules(app: AppPackage) -> None:
    app.write({"api/stock/_sku_/route.py": "def GET(sku: str): ...", "layout.py": LAYOUT})
    folders = list(folders_of(discover(app.name)))

    assert [(folder.package.removeprefix(app.name), folder.segment, folder.pattern) for folder in folders] == [
        ("", "", "/"),
        (".api", "api", "/api"),
        (".api.stock", "stock", "/api/stock"),
        (".api.stock._sku_", "{sku}", "/api/stock/{sku}"),
    ]
    assert folders[0].layout is sys.modules[f"{app.name}.layout"]
    assert folders[3].route is sys.modules[f"{app.name}.api.stock._sku_.route"]
    assert folders[3].directory == app.directory / "api" / "stock" / "_sku_"


def test_app_may_lie_below_another_package(app: AppPackage) -> None:
    app.write({"web/app/page.py": PAGE})

    assert [route.pattern for route in flatten(discover(f"{app.name}.web.app"))] == ["/"]


def test_error_while_importing_keeps_its_traceback(app: AppPackage) -> None:
    app.write({"stock/page.py": "def fail():\n    raise LookupError('from the page')\nfail()\n"})

    with pytest.raises(LookupError, match="from the page") as failure:
        discover(app.name)

    last = traceback.extract_tb(failure.tb)[-1]
    assert (Path(last.filename), last.lineno) == (app.directory / "stock" / "page.py", 2)


@pytest.mark.parametrize("file", ["__init__.py", "page.py", "shop/actions.py"])
def test_missing_import_of_the_app_is_its_own_error(app: AppPackage, file: str) -> None:
    app.write({file: "import no_such_module_anywhere"})

    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        discover(app.name)
