from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cli.programs import run
from twofold import App, ConfigurationError
from twofold.cli.finding import find_app, load_app, load_twofold_app


def project(directory: Path, table: str = "", *, has_package: bool = False) -> Path:
    if table:
        (directory / "pyproject.toml").write_text(f"[tool.twofold]\n{table}\n", encoding="utf-8")
    if has_package:
        (directory / "app").mkdir()
    return directory


FOUND = [
    (None, 'app = "main:app"', False, "main:app"),
    (None, 'app = "shop.web:site.app"', True, "shop.web:site.app"),
    ("other:app", 'app = "main:app"', True, "other:app"),
    ("shop", "", False, "shop"),
    (None, "", True, "app"),
    (None, "max_body_bytes = 10", True, "app"),
]


@pytest.mark.parametrize(("argument", "table", "has_package", "name"), FOUND)
def test_the_app_is_named_by_argument_then_project_then_package(
    tmp_path: Path, argument: str | None, table: str, has_package: bool, name: str
) -> None:
    assert find_app(argument, project(tmp_path, table, has_package=has_package)) == name


NOT_FOUND = [
    (None, "", "no app is named"),
    ("./main.py:app", "", "names no app"),
    ("main:", "", "names no app"),
    ("", "", "names no app"),
    ("a b", "", "names no app"),
    (None, "app = 3", "3 names no app"),
]


@pytest.mark.parametrize(("argument", "table", "message"), NOT_FOUND)
def test_what_names_no_app_is_refused_with_the_remedy(tmp_path: Path, argument: str | None, table: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        find_app(argument, project(tmp_path, table))
    assert "main:app" in str(raised.value)


MODULE = """\
from twofold import App

shop = App()

class inner:
    site = App()

async def plain(scope, receive, send): ...

number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"module_{uuid4().hex}"
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield name
    sys.modules.pop(name, None)


def test_a_module_in_the_project_is_imported(tmp_path: Path, module: str) -> None:
    assert isinstance(load_app(f"{module}:shop", tmp_path), App)
    assert isinstance(load_app(f"{module}:inner.site", tmp_path), App)
    assert sys.path[0] == str(tmp_path)


def test_a_package_becomes_an_app(tmp_path: Path, module: str) -> None:
    folder = tmp_path / f"folder_{module}"
    folder.mkdir()
    (folder / "page.py").write_text("def page() -> str:\n    return 'hello'\n", encoding="utf-8")
    app = load_twofold_app(folder.name, tmp_path)
    assert [node.pattern for node in app.routes.tree.nodes] == ["/"]


LOADED = [
    ("missing_module:app", "there is no module 'missing_module'"),
    ("{module}:app", "'app' is no ASGI app; it has the app {module}:shop"),
    ("{module}:number", "'number' is no ASGI app"),
    ("{module}:inner.other", "is no ASGI app"),
    ("missing_package", "there is no package 'missing_package'"),
]


@pytest.mark.parametrize(("name", "message"), LOADED)
def test_what_cannot_be_served_is_refused(tmp_path: Path, module: str, name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message.format(module=module)):
        load_app(name.format(module=module), tmp_path)


def test_a_module_that_the_app_misses_keeps_its_traceback(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}_b.py").write_text("import not_installed_anywhere\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        load_app(f"{module}_b:app", tmp_path)


def test_what_is_no_twofold_app_has_no_contract(tmp_path: Path, module: str) -> None:
    with pytest.raises(ConfigurationError, match=r"not a twofold\.App"):
        load_twofold_app(f"{module}:plain", tmp_path)


def test_a_refusal_is_one_line_and_not_a_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "routes")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("twofold: no app is named")
    assert done.stderr.count("\n") == 1


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout.startswith("twofold 0.")
