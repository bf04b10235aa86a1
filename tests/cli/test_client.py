"""`twofold client` on the command line: it writes, checks and follows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = """
from twofold import App, action

app = App()


@action(export=True)
async def reserve_stock(sku: str, quantity: int = 1) -> int:
    '''Hold stock.'''
    return quantity
"""
COMMAND = [sys.executable, "-m", "twofold.cli", "client", "main:app", "--out", "src/actions"]
SECONDS = 30


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], cwd=project, capture_output=True, text=True, check=False)


def test_it_writes_one_module_and_the_runtime(project: Path) -> None:
    done = run(project)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"wrote src/actions/{name}.ts" for name in ("_handlers", "_live", "_runtime", "_streams", "main")
    ]
    assert "export const reserveStock:" in (project / "src" / "actions" / "main.ts").read_text()
    assert run(project).stdout == ""


def test_check_writes_nothing_and_shows_what_is_outdated(project: Path) -> None:
    run(project)
    assert run(project, "--check").returncode == 0
    (project / "main.py").write_text(APP.replace("quantity: int = 1", "quantity: str"))
    before = (project / "src" / "actions" / "main.ts").read_text()
    done = run(project, "--check")

    assert done.returncode == 1
    assert "1 files in src/actions are outdated; write them again: `twofold client --out src/actions`" in done.stderr
    assert any(line.startswith("+export const reserveStock:") and "quantity: string" in line for line in done.stdout.splitlines())
    assert (project / "src" / "actions" / "main.ts").read_text() == before


def test_an_app_that_does_not_import_changes_nothing(project: Path) -> None:
    run(project)
    before = (project / "src" / "actions" / "main.ts").read_text()
    (project / "main.py").write_text(APP.replace("quantity: int = 1", "quantity"))
    done = run(project)

    assert done.returncode == 1
    assert "There is no annotation" in done.stderr
    assert (project / "src" / "actions" / "main.ts").read_text() == before


@pytest.fixture
def watching(project: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "WATCHFILES_FORCE_POLLING": "1"}
    # A shell starts what runs in its background deaf to Ctrl-C, and so would be everything below it.
    hearing = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    process = subprocess.Popen([*COMMAND, "--watch"], cwd=project, env=environ, preexec_fn=hearing)  # noqa: PLW1509
    yield process
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) in (0, 130)


def until(project: Path, text: str) -> None:
    """Wait for a text in the module."""
    module = project / "src" / "actions" / "main.ts"
    deadline = time.monotonic() + SECONDS
    while not (module.exists() and text in module.read_text()):
        assert time.monotonic() < deadline, module.read_text() if module.exists() else "nothing is written"
        time.sleep(0.05)


def test_watch_writes_again_after_a_change_and_survives_a_broken_one(project: Path, watching: subprocess.Popen[bytes]) -> None:
    until(project, "quantity?: number")
    # The watch begins after the first writing; a change is repeated until it is seen.
    (project / "main.py").write_text("import nothing_of_this_name")
    time.sleep(1)
    for attempt in range(SECONDS):
        (project / "main.py").write_text(APP.replace("quantity: int = 1", "quantity: str") + f"\n# {attempt}\n")
        time.sleep(1)
        if "quantity: string" in (project / "src" / "actions" / "main.ts").read_text():
            break
    until(project, "quantity: string")
