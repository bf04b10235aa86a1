"""`twofold new`: what it writes runs, passes its own tests and every check at once, also below a path with a space."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from support.chromium import opened_chromium
from support.typescript import node

ROOT = Path(__file__).parents[2]
SECONDS = 60


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "PYTEST_"))}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=[(), ("--react", "--postgres")], ids=" ".join)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project below a path with a space."""
    folder = tmp_path_factory.mktemp("a folder")
    done = run(folder, "twofold.cli", "new", "corner-shop", *request.param)
    assert done.returncode == 0, done.stderr
    assert "cd corner-shop" in done.stdout
    return folder / "corner-shop"


@pytest.mark.parametrize(
    "tool",
    [
        ("pytest", "-q", "-p", "no:cacheprovider"),
        ("mypy",),
        ("pyright", "--pythonpath", sys.executable),
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("twofold.cli", "check"),
    ],
    ids=" ".join,
)
def test_a_new_project_is_clean_at_once(project: Path, tool: tuple[str, ...]) -> None:
    done = run(project, *tool)

    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def served(project: Path, log: Path) -> Iterator[str]:
    """Run `twofold dev`, and give its URL."""
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "HOME": str(log.parent)}
    command = [sys.executable, "-m", "twofold.cli", "dev", "--port", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=project, env=environ, stdout=file, stderr=file)
    try:
        until = time.monotonic() + SECONDS
        while not (found := re.search(r"on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield found[1]
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_a_new_project_is_served(project: Path, tmp_path: Path) -> None:
    with served(project, tmp_path / "log") as url, urllib.request.urlopen(url, timeout=SECONDS) as answer:
        page = answer.read().decode()

    assert "<form" in page
    assert "Corner shop" in page


def test_the_readme_ends_with_what_was_chosen(project: Path) -> None:
    sections = re.findall(r"^## (.+)$", (project / "README.md").read_text(), re.MULTILINE)

    assert sections == (["The database", "The form in React"] if (project / "package.json").exists() else [])


@pytest.mark.browser
async def test_the_form_of_a_new_project_in_react_says_what_is_wrong_and_loses_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "twofold.cli", "new", "corner-shop", "--react").returncode == 0
    project = tmp_path / "corner-shop"
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    assert run(project, "twofold.cli", "client", "--out", "src/actions").returncode == 0
    for tool in (["typescript/bin/tsc", "--noEmit"], ["vite/bin/vite.js", "build", "--logLevel", "warn"]):
        done = node(ROOT / "node_modules" / tool[0], *tool[1:], cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr

    with served(project, tmp_path / "log") as url:
        async with opened_chromium() as browser:
            page = await browser.new_page()
            await page.goto(url)
            for _ in range(2):
                await page.fill("#name", "Ada")
                await page.fill("#text", "Hello")
                await page.click("button.primary, .panel button")
                await page.wait_for_selector(".notice, .alert")
                told = await page.inner_text(".notice, .alert")
                await page.wait_for_selector("#wall >> text=Hello")

            assert told == "That is on the wall already"
            assert await page.input_value("#text") == "Hello"
            assert await page.locator(".note").count() == 1


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")
    done = run(tmp_path, "twofold.cli", "new", "shop")

    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert [one.name for one in (tmp_path / "shop").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["../", "1 2", "-x y", "a/b c"])
def test_a_name_that_no_package_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert run(tmp_path, "twofold.cli", "new", "--", name).returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_project_made_by_the_wheel_in_a_fresh_environment_passes_its_tests(tmp_path: Path) -> None:
    built = run(ROOT, "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"))
    assert built.returncode == 0, built.stderr
    wheel = next((tmp_path / "dist").glob("*.whl"))
    others = [f"{name}=={version(name)}" for name in ("htpy", "pytest", "pytest-asyncio")]
    for arguments in (
        ["venv", "--python", sys.executable, "fresh"],
        ["pip", "install", "--python", "fresh", f"{wheel}[test]", *others],
    ):
        done = run(tmp_path, "uv", *arguments)
        assert done.returncode == 0, done.stderr
    programs = tmp_path / "fresh" / "bin"
    for command, folder in (
        ([programs / "twofold", "new", "from-wheel"], "."),
        ([programs / "python", "-m", "pytest"], "from-wheel"),
    ):
        done = subprocess.run(command, cwd=tmp_path / folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
