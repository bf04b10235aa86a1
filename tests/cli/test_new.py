"""`twofold new`: what it writes runs, passes its own tests and every check at once, also below a path with a space."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "PYTEST_"))}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project below a path with a space."""
    folder = tmp_path_factory.mktemp("a folder")
    done = run(folder, "twofold.cli", "new", "corner-shop")
    assert done.returncode == 0, done.stderr
    assert "cd corner-shop" in done.stdout
    return folder / "corner-shop"


@pytest.mark.parametrize(
    "tool",
    [
        ("pytest", "-q", "-p", "no:cacheprovider"),
        ("mypy",),
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("twofold.cli", "check"),
    ],
    ids=" ".join,
)
def test_a_new_project_is_clean_at_once(project: Path, tool: tuple[str, ...]) -> None:
    done = run(project, *tool)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_project_is_served(project: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "twofold.cli", "dev", "--port", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=project, env=environ, stdout=file, stderr=file)
    try:
        until = time.monotonic() + SECONDS
        while not (found := re.search(r"on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        with urllib.request.urlopen(found[1], timeout=SECONDS) as answer:
            page = answer.read().decode()
    finally:
        process.terminate()
        process.wait(SECONDS)

    assert "<form" in page
    assert "Corner shop" in page


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


def test_the_wheel_brings_the_templates_and_the_plugin(tmp_path: Path) -> None:
    done = run(ROOT, "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"))
    assert done.returncode == 0, done.stderr
    wheel = next((tmp_path / "dist").glob("*.whl"))
    # A wheel is an archive that Python imports from; what lies beside it is read as it is when it is installed.
    unpacked = subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "site")], check=False)
    assert unpacked.returncode == 0
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    code = "import twofold.cli, pathlib; print(pathlib.Path(twofold.__file__).parent); twofold.cli.main()"
    command = [sys.executable, "-c", code, "new", "from-wheel"]
    made = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith(str(tmp_path / "site"))
    assert (tmp_path / "from-wheel" / "main.py").is_file()
    assert (tmp_path / "site" / "pytest_twofold.py").is_file()
    assert "twofold = pytest_twofold" in next((tmp_path / "site").glob("*.dist-info/entry_points.txt")).read_text()
