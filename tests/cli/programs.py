"""The command line as its users run it: a program, in a folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx2

T = TypeVar("T")
HERE = Path(__file__).parent
DEADLINE_SECONDS = 20
get = partial(httpx2.get, trust_env=False, timeout=DEADLINE_SECONDS)
SECRET = "jWxT0hVw5uX2c8Yk3rQmN1bZpLs9DfGa"


def eventually(check: Callable[[], T], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """Ask until the answer is true; a slow machine may take its time, a wrong program may not for ever."""
    until = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def environment(**variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
    return {**inherited, "PYTHONUNBUFFERED": "1", **variables}


class Program:
    """A running `twofold` command."""

    def __init__(self, directory: Path, *arguments: str, **variables: str) -> None:
        self.log_file = directory / "program.log"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "twofold.cli", *arguments],
                cwd=directory, env=environment(**variables), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where it serves, as soon as it says so."""
        return eventually(self._url, "serving")

    def _url(self) -> str:
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended with {self.process.returncode}:\n{self.log}")
        found = re.search(r"on (http://\S+)", self.log)
        return found[1] if found else ""

    def stop(self) -> None:
        """Ask it to stop, as a supervisor does."""
        self.process.send_signal(signal.SIGTERM)


def run(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a `twofold` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "twofold.cli", *arguments],
        cwd=directory, env=environment(**variables), check=False, capture_output=True, text=True, timeout=DEADLINE_SECONDS,
    )  # fmt: skip


def make_project(directory: Path) -> Path:
    shutil.copy(HERE / "tiny_shop.py", directory / "main.py")
    (directory / "pyproject.toml").write_text('[tool.twofold]\napp = "main:app"\n', encoding="utf-8")
    return directory


def serving(directory: Path, *arguments: str) -> Program:
    return Program(
        directory, "serve", "--port", "0", *arguments, TWOFOLD_SECRET=SECRET, TWOFOLD_ALLOWED_HOSTS="127.0.0.1,shop.example"
    )
