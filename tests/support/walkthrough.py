"""Do what a page of documentation tells its reader to do, and compare what happens with what it says.

    python walkthrough.py PAGE ROOT [STAGE]      in an empty working directory; tells of the first thing that is not so

- With a Python file STAGE, each Python block stands alone among the names that it defines; what it opens is in its
  exit stack `opened`.

- A block whose first line names a file (`# app.py`) is saved there.
- Other Python blocks run in order, in one namespace; one that ends in `raise` has to raise.
- In console blocks the lines behind `$ ` run, and their output has to be the lines below, where `…` stands for
  anything. `make demo` and `twofold dev` start a server, on a free port in place of the 8000 that the page names.
- What sets a machine up (`git`, `pip`, other `make` targets) is not run; nor is a block under `<!-- not run: why -->`.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

from markdown import Block, Command, code_blocks, commands, is_expected

CONSOLE = {"console", "sh", "bash", "shell"}
NOT_RUN = {"git", "pip", "uv", "pipx", "apt-get", "make", "exit"}
PORT = "8000"
START_SECONDS = 30
COMMAND_SECONDS = 60


class NotSo(Exception):
    """What the page says is not what happens."""


class Walkthrough:
    """A reader at work: a folder, a Python session and a terminal."""

    def __init__(self, root: Path, stage: Path | None) -> None:
        self.root = root
        self.directory = Path.cwd()
        self.namespace: dict[str, Any] = {"__name__": "__page__"}
        self.runner = asyncio.Runner()
        self.context = copy_context()
        self.servers: list[subprocess.Popen[bytes]] = []
        self.port = PORT
        self.log = self.directory / "server.log"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "MAKE"))}
        self.environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self.environment["DATABASE_URL"] = f"sqlite+aiosqlite:///{self.directory}/page.db"
        self.environment["PYTHONUNBUFFERED"] = "1"
        sys.path.insert(0, str(self.directory))
        self.stage: dict[str, Any] | None = None
        if stage is not None:
            self.execute(compile(stage.read_text(encoding="utf-8"), str(stage), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
            self.stage = self.namespace

    def follow(self, block: Block) -> None:
        """Do what one block says."""
        if block.reason is not None:
            return
        if block.file is not None:
            self.save(block)
        elif block.language == "python":
            self.namespace = self.namespace if self.stage is None else self.stage.copy()
            self.run_python(block)
        elif block.language in CONSOLE:
            for command in commands(block.code):
                self.run_command(command)

    def save(self, block: Block) -> None:
        file = self.directory / (block.file or "")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.code, encoding="utf-8")
        if block.language == "python":
            compile(block.code, block.file or "", "exec")

    def run_python(self, block: Block) -> None:
        if block.code.startswith(">>> "):
            return self.run_session(block)
        tree = ast.parse(block.code)
        code = compile("\n" * (block.line - 1) + block.code, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if not (tree.body and isinstance(tree.body[-1], ast.Raise)):
            return self.execute(code)
        try:
            self.execute(code)
        except Exception as raised:
            if type(raised).__name__ not in ast.unparse(tree.body[-1]):
                raise
            return None
        raise NotSo("it raises nothing")

    def execute(self, code: Any) -> None:
        result = self.context.run(eval, code, self.namespace)
        if inspect.iscoroutine(result):
            self.runner.run(result, context=self.context)

    def run_session(self, block: Block) -> None:
        session = doctest.DocTestParser().get_doctest(block.code, self.namespace, "page", "page", block.line - 1)
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(session, out=report.append, clear_globs=False)
        self.namespace.update(session.globs)
        if report:
            raise NotSo("".join(report))

    def run_command(self, command: Command) -> None:
        text = command.text.replace("\\\n", "")
        words = shlex.split(text, comments=True)
        name = Path(words[0]).name
        if words[:2] in (["twofold", "dev"], ["twofold", "serve"]) or (name == "uvicorn"):
            self.start(f"{text} --port {self.free_port()}", command.expected)
        elif words[:2] == ["make", "demo"]:
            self.start(
                f"make -C {shlex.quote(str(self.root))} --no-print-directory demo PORT={self.free_port()}", command.expected
            )
        elif name == "cd" and len(words) > 2:
            raise NotSo("nothing after `cd` would run: it stands on a line of its own")
        elif name == "cd":
            inside = self.directory / words[1]
            self.directory = inside if inside.exists() else self.root / words[1]
        elif name == "export":
            variable, _, value = words[1].partition("=")
            self.environment[variable] = value
        elif name not in NOT_RUN:
            self.compare(text, command.expected)

    def compare(self, text: str, expected: str) -> None:
        done = subprocess.run(
            ["bash", "-c", text.replace(f":{PORT}", f":{self.port}")],
            cwd=self.directory, env=self.environment, check=False, capture_output=True, text=True, timeout=COMMAND_SECONDS,
        )  # fmt: skip
        output = done.stdout.replace(f":{self.port}", f":{PORT}")
        if expected and not is_expected(output, expected):
            raise NotSo(f"$ {text}\nprints\n{output}{done.stderr}instead of\n{expected}")
        if not expected and done.returncode != 0:
            raise NotSo(f"$ {text}\nends with {done.returncode}\n{output}{done.stderr}")

    def free_port(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        return self.port

    def start(self, text: str, expected: str) -> None:
        """Start a server, and wait until it answers and has said what the page says first."""
        self.stop()
        with self.log.open("wb") as log:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.directory, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.servers.append(server)
        until = time.monotonic() + START_SECONDS
        while not (self.is_answering() and is_expected(self.logged(), f"{expected}\n…")):
            if server.poll() is not None or time.monotonic() > until:
                raise NotSo(f"$ {text}\ndoes not serve, or does not say\n{expected}\nbut\n{self.logged()}")
            time.sleep(0.05)

    def is_answering(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.port))) == 0

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8").replace(f":{self.port}", f":{PORT}")

    def close(self) -> None:
        """Leave the stage, the terminal and the Python session."""
        self.stop()
        if self.stage is not None:
            self.runner.run(self.stage["opened"].aclose())
        self.runner.close()

    def stop(self) -> None:
        """End the servers: with them the reloader's children."""
        while self.servers:
            server = self.servers.pop()
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


@contextmanager
def located(page: Path, block: Block) -> Iterator[None]:
    """Say which block of the page is meant."""
    try:
        yield
    except Exception as error:
        note = f"in the block at {page}:{block.line}"
        if isinstance(error, SyntaxError):
            # Before 3.11.4 Python shows no notes of a SyntaxError.
            raise NotSo(f"{type(error).__name__}: {error}\n{note}") from error
        error.add_note(note)
        raise


def main(page: Path, root: Path, stage: Path | None = None) -> None:
    """Follow a page from its top to its end."""
    reader = Walkthrough(root, stage)
    try:
        for block in code_blocks(page.read_text(encoding="utf-8")):
            with located(page, block):
                reader.follow(block)
    finally:
        reader.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
