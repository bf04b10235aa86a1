"""Every mistake in a folder of routes is found at start: the message has the file, the other file, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.app_packages import AppPackage, app_package
from twofold.discovery import discover, flatten
from twofold.errors import ConfigurationError

PAGE = "async def page(): ...\n"
GET = "async def GET(): ...\n"
REST = "async def page(it: tuple[str, ...]): ...\n"
GROUP = "SEGMENT = ''\n"

# files, parts of the message: places first, the remedy last
MISTAKES = {
    "page.py without page": ({"page.py": ""}, ["page.py", "write `async def page()`"]),
    "page.py with Page": ({"page.py": "def Page(): ..."}, ["page.py", "rename `Page` to `page`"]),
    "page.py with pages": ({"page.py": "def pages(): ..."}, ["rename `pages` to `page`"]),
    "page is not callable": ({"page.py": "page = 1"}, ["page.py", "is not a function"]),
    "page is a class": ({"page.py": "class page: ..."}, ["page.py", "is not a function"]),
    "layout.py without layout": ({"layout.py": ""}, ["layout.py", "write `def layout(children)`"]),
    "layout without children": ({"layout.py": "\ndef layout(): ..."}, ["layout.py:2", "no parameter `children`"]),
    "layout with child": ({"layout.py": "def layout(child): ..."}, ["layout.py:1", "write `def layout(children)`"]),
    "middleware.py without middleware": ({"middleware.py": "x = 1"}, ["middleware.py", "call_next"]),
    "middleware with one parameter": ({"middleware.py": "def middleware(request): ..."}, ["middleware.py:1", "call_next"]),
    "middleware with three": ({"middleware.py": "def middleware(a, b, c): ..."}, ["middleware.py:1", "call_next"]),
    "not_found.py without not_found": ({"a/not_found.py": ""}, ["not_found.py", "write `def not_found()`"]),
    "error.py without error": ({"a/error.py": "def errors(e): ..."}, ["error.py", "rename `errors` to `error`"]),
    "lower-case get": ({"a/route.py": "async def get(): ..."}, ["route.py:1", "did you mean `GET`?"]),
    "lower-case get beside GET": ({"a/route.py": GET + "def get(): ..."}, ["route.py:2", "did you mean `GET`?"]),
    "mixed-case Post": ({"a/route.py": "async def Post(): ..."}, ["did you mean `POST`?"]),
    "websocket": ({"a/route.py": "async def websocket(s): ..."}, ["did you mean `WEBSOCKET`?"]),
    "misspelt DELTE": ({"a/route.py": GET + "async def DELTE(): ..."}, ["route.py:2", "did you mean `DELETE`?"]),
    "TRACE": ({"a/route.py": GET + "def TRACE(): ..."}, ["route.py:2", "TRACE is not supported"]),
    "default": ({"a/route.py": "async def default(): ..."}, ["route.py:1", "has no default", "like `GET`"]),
    "no handler": ({"a/route.py": "def helper(): ..."}, ["route.py", "there is no handler", "async def GET()"]),
    "empty route.py": ({"a/route.py": ""}, ["route.py", "there is no handler"]),
    "GET is not callable": ({"a/route.py": "GET = 'x'"}, ["route.py", "`GET` is not a function"]),
    "GET is a class": ({"a/route.py": "class GET: ..."}, ["route.py", "`GET` is not a function"]),
    "page beside route": ({"a/page.py": PAGE, "a/route.py": GET}, ["a/page.py", "a/route.py", "a folder of their own"]),
    "two groups, one page": (
        {"a/__init__.py": GROUP, "a/page.py": PAGE, "b/__init__.py": GROUP, "b/page.py": PAGE},
        ["a/page.py:1", "b/page.py:1", "answers / already"],
    ),
    "group page beside parent's route": (
        {"route.py": GET, "b/__init__.py": GROUP, "b/page.py": PAGE},
        ["route.py:1", "b/page.py:1", "give one of their folders a segment"],
    ),
    "two spellings of one segment": (
        {"a_b/page.py": PAGE, "odd/__init__.py": "SEGMENT = 'a-b'", "odd/page.py": PAGE},
        ["a_b/page.py:1", "odd/page.py:1", "answers /a-b already"],
    ),
    "two names for one segment": (
        {"_id_/page.py": PAGE, "_sku_/page.py": PAGE},
        ["_id_/page.py:1", "_sku_/page.py:1", "use one name"],
    ),
    "optional rest over its parent": (
        {"docs/page.py": PAGE, "docs/_it_/page.py": "def page(it: tuple[str, ...] = ()): ..."},
        ["docs/page.py:1", "docs/_it_/page.py:1", "answers the same path"],
    ),
    "same name twice": ({"_id_/a/_id_/page.py": PAGE}, ["page.py:1", "the parameter 'id' twice"]),
    "segment below a rest": (
        {"_it_/page.py": REST, "_it_/edit/page.py": PAGE},
        ["_it_/edit/page.py:1", "is not its last segment", "let `it` take one segment"],
    ),
    "page and handler disagree": (
        {"_it_/page.py": REST, "_it_/a/route.py": "\ndef GET(it: str): ..."},
        ["_it_/page.py:1", "_it_/a/route.py:2", "annotate both alike"],
    ),
    "handlers disagree": (
        {"_it_/route.py": "def GET(it: tuple[str, ...]): ...\ndef PUT(it: tuple[str, ...] = ()): ..."},
        ["route.py:1", "route.py:2", "annotate both alike"],
    ),
    "no annotation": ({"_sku_/page.py": "def page(sku): ..."}, ["_sku_/page.py:1", "write `sku: str`"]),
    "no annotation in one of two": (
        {"_sku_/page.py": "def page(sku: str): ...", "_sku_/a/page.py": "\ndef page(sku): ..."},
        ["_sku_/a/page.py:2", "no annotation"],
    ),
    "list of segments": ({"_it_/page.py": "def page(it: list[str]): ..."}, ["page.py:1", "`it: tuple[str, ...]`"]),
    "bare tuple": ({"_it_/page.py": "def page(it: tuple): ..."}, ["page.py:1", "`it: tuple[str, ...]`"]),
    "tuple of two": ({"_it_/page.py": "def page(it: tuple[str, str]): ..."}, ["`it: tuple[str, ...]`"]),
    "tuple or None": ({"_it_/page.py": "def page(it: tuple[str, ...] | None = None): ..."}, ["with `= ()`"]),
    "default for one segment": ({"_sku_/page.py": "def page(sku: str = 'a'): ..."}, ["page.py:1", "remove the default"]),
    "annotation of an unknown name": (
        {"_sku_/page.py": "def page(sku: 'Unknown'): ..."},
        ["page.py:1", "Unknown", "import its type"],
    ),
    "SEGMENT is a number": ({"a/__init__.py": "SEGMENT = 1", "a/page.py": PAGE}, ["a/__init__.py", '".well-known"']),
    "SEGMENT of two": ({"a/__init__.py": "SEGMENT = 'a/b'", "a/page.py": PAGE}, ["a/__init__.py", "one folder for each"]),
    "dynamic SEGMENT": ({"a/__init__.py": "SEGMENT = '{sku}'", "a/page.py": PAGE}, ["a/__init__.py", "name the folder _sku_"]),
    "SEGMENT of a dynamic folder": ({"_sku_/__init__.py": "SEGMENT = 'x'"}, ["_sku_/__init__.py", "leave SEGMENT out"]),
    "dots as SEGMENT": ({"a/__init__.py": "SEGMENT = '..'"}, ["a/__init__.py", "dot segment"]),
    "percent in SEGMENT": ({"a/__init__.py": "SEGMENT = '%20'"}, ["a/__init__.py", "written without"]),
    "SEGMENT of the root": ({"__init__.py": "SEGMENT = 'v1'"}, ["__init__.py", "mount the app under a prefix"]),
    "hyphen in a folder": ({"stock-levels/page.py": PAGE}, ["stock-levels/page.py", "rename it to stock_levels"]),
    "brackets around a folder": ({"[sku]/route.py": GET}, ["[sku]/route.py", "rename it to _sku_"]),
    "braces around a folder": ({"{sku}/page.py": PAGE}, ["{sku}/page.py", "rename it to _sku_"]),
    "dot in a folder": ({"v1.0/page.py": PAGE}, ["v1.0/page.py", "rename it to v1_0 and write SEGMENT = 'v1.0'"]),
    "keyword as a folder": (
        {"import/page.py": PAGE},
        ["import/page.py", "rename it to segment_import and write SEGMENT = 'import'"],
    ),
    "number as a folder": ({"404/page.py": PAGE}, ["404/page.py", "segment_404 and write SEGMENT = '404'"]),
    "number as a parameter": ({"_1_/page.py": PAGE}, ["_1_/page.py:1", "does not name a Python parameter"]),
    "keyword as a parameter": ({"_class_/page.py": PAGE}, ["_class_/page.py:1", "does not name a Python parameter"]),
    "hyphen in a file": ({"not-found.py": ""}, ["not-found.py", "rename it to not_found.py"]),
    "module beside a folder": (
        {"products.py": "", "products/_sku_/page.py": PAGE},
        ["products.py", "/products has the same name", "rename the module"],
    ),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppPackage]:
    with app_package(tmp_path) as package:
        yield package


@pytest.mark.parametrize(("files", "parts"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_refused_with_places_and_remedy(app: AppPackage, files: dict[str, str], parts: list[str]) -> None:
    app.write(files)

    with pytest.raises(ConfigurationError) as refusal:
        flatten(discover(app.name))

    assert [part for part in parts if part not in str(refusal.value)] == []


@pytest.mark.parametrize("name", ["no_such_package", "no_such_package.app"])
def test_missing_package_is_named_with_the_remedy(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no package 'no_such_package.*the folder that holds no_such_package/"):
        discover(name)


def test_missing_package_below_another_is_named(app: AppPackage) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no package '.*\.web'"):
        discover(f"{app.name}.web")


def test_module_is_no_package(app: AppPackage) -> None:
    app.write({"single.py": ""})

    with pytest.raises(ConfigurationError, match="is a module; routes are found in a folder"):
        discover(f"{app.name}.single")


def test_package_in_two_places_is_refused(app: AppPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.write({"page.py": PAGE})
    (tmp_path / "elsewhere" / app.name).mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError, match=r"lies in .*elsewhere.* and in .*; add an __init__.py"):
        discover(app.name)
