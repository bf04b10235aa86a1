"""The pytest plugin as a project meets it: pytest, run in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_twofold import _app

NAMED = """\
[tool.twofold]
app = "main:app"
"""
NAMES_NOTHING = """\
[project]
name = "other"
"""
PYTEST = """\
[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
filterwarnings = ["error"]
"""
APP = """\
from contextlib import asynccontextmanager
from markupsafe import Markup
from twofold import App

opened = []

@asynccontextmanager
async def lifespan(app):
    opened.append("database")
    yield
    opened.clear()

app = App(lifespan=lifespan)

@app.page("/")
async def page():
    return Markup("<title>Hello</title>")
"""


def run_tests(directory: Path, files: Mapping[str, str], *others: str, project: str = NAMED) -> tuple[int, str]:
    """Run the tests of a project; gives the exit code, and what is printed.

    Args:
        others: plugins, by module.
    """
    for name, text in {"pyproject.toml": project + PYTEST, "main.py": APP, **files}.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    plugins = [word for name in ("no:cacheprovider", "pytest_asyncio.plugin", "pytest_twofold", *others) for word in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins],
        cwd=directory,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # some that are installed take seconds to import
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_fixtures_visit_the_app_that_the_project_names(tmp_path: Path) -> None:
    files = {
        "test_given.py": """
            from main import opened
            from twofold.testing import Client, Page

            async def test_a_page(page: Page, client: Client) -> None:
                assert page.title == "Hello"
                assert (await client.page("/")).title == "Hello"

            async def test_the_lifespan_is_that_of_one_test(client: Client) -> None:
                assert opened == ["database"]

            async def test_a_visitor_comes_from_nowhere(client: Client) -> None:
                assert client.base_url.host == "testserver"
        """,
        "own/conftest.py": """
            import pytest

            @pytest.fixture
            def page() -> str:
                return "mine"

            @pytest.fixture
            def client(client):
                return ["around", client]
        """,
        "own/test_own.py": """
            async def test_a_conftest_goes_first_and_may_use_what_it_replaces(page, client) -> None:
                assert page == "mine"
                assert (await client[1].page("/")).title == "Hello"
        """,
    }
    code, said = run_tests(tmp_path, files)
    assert (code, "4 passed" in said) == (0, True), said


ASKING = {"test_asking.py": "def test_it(client) -> None:\n    pass\n"}


def test_other_projects_have_no_fixtures_and_import_no_framework(tmp_path: Path) -> None:
    files = {
        "conftest.py": """
            import sys

            def pytest_sessionfinish() -> None:
                print("imported:", "twofold" in sys.modules)
        """,
        **ASKING,
    }
    code, said = run_tests(tmp_path, files, project=NAMES_NOTHING)
    assert code == 1
    assert "fixture 'client' not found" in said
    assert "imported: False" in said


def test_a_fixture_of_another_plugin_keeps_its_name(tmp_path: Path) -> None:
    files = {
        "other_plugin.py": """
            import pytest

            @pytest.fixture
            def page() -> str:
                return "of the browser"
        """,
        "test_other.py": """
            async def test_both(page, client) -> None:
                assert page == "of the browser"
                assert (await client.page("/")).title == "Hello"
        """,
    }
    code, said = run_tests(tmp_path, files, "other_plugin")
    assert (code, "1 passed" in said) == (0, True), said


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ('[tool.twofold]\napp = "absent:app"\n', "twofold: there is no module 'absent'"),
        ("[tool.twofold]\n", "twofold: no app is named"),
    ],
)
def test_an_app_that_is_not_there_fails_the_test_in_one_line(tmp_path: Path, project: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    with pytest.raises(pytest.fail.Exception, match=message) as failed:
        _app(tmp_path)
    assert failed.value.pytrace is False


def test_to_import_the_plugin_is_to_import_nothing_of_the_framework() -> None:
    program = "import sys, pytest\nbefore = set(sys.modules)\nimport pytest_twofold\nprint(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['pytest_twofold']"
