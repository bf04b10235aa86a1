"""The contenders: what each folder below `contenders/` is, how it is installed, and how it is served."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import Server, free_port

HERE = Path(__file__).resolve().parent
STATE = Path(os.environ.get("BENCH_STATE") or HERE / ".state").resolve()
SECRET = "whsec_measured_and_public"
EXTRA_ROUTES = {"W4k": 1_000, "W4x": 10_000}
"""Dynamic routes beside the one that is asked, by workload."""

SERVERS: Mapping[str, Sequence[str]] = {
    "uvicorn": ["{bin}/uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1", "--loop", "uvloop", "--http",
                "httptools", "--no-access-log", "--log-level", "warning", "{app}"],
    "granian": ["{bin}/granian", "--interface", "{interface}", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
                "--loop", "uvloop", "--http", "1", "--no-ws", "--log-level", "warning", "{app}"],
}  # fmt: skip


@dataclass(frozen=True)
class Contender:
    """One framework on one server."""

    folder: Path
    variant: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The framework."""
        return self.folder.name

    @property
    def id(self) -> str:
        """Framework and server: "fastapi@uvicorn"."""
        return f"{self.name}@{self.variant}"

    @property
    def kind(self) -> str:
        """One of "python", "node" and "next"."""
        return str(self.spec["kind"])

    @property
    def workloads(self) -> Sequence[str]:
        """What it can do."""
        return list(self.spec["workloads"])

    def home(self, extra_routes: int = 0) -> Path:
        """Where it is served from."""
        if self.kind == "python" and not self.spec.get("copy"):
            return self.folder
        return STATE / "home" / (f"{self.name}-{extra_routes}" if extra_routes and self.kind == "next" else self.name)

    @property
    def programs(self) -> Path:
        """The folder of its Python's programs."""
        return Path(sys.executable).parent if self.spec.get("self") else STATE / "venv" / self.name / "bin"

    def serve(self, extra_routes: int = 0) -> Server:
        """Start its server.

        Raises:
            RuntimeError: it does not start.
        """
        port, run, home = free_port(), self.spec["variants"][self.variant], self.home(extra_routes)
        words = run.get("cmd") or SERVERS[run["server"]]
        values = {
            "bin": self.programs,
            "port": port,
            "home": home,
            "app": run.get("app"),
            "interface": run.get("interface", "asgi"),
        }
        STATE.mkdir(parents=True, exist_ok=True)
        return Server(
            [word.format(**values) for word in words],
            home, self._environ(port, home, extra_routes), port, STATE / f"{self.id}.log", "/api/stock/SKU-0001",
        )  # fmt: skip

    def _environ(self, port: int, home: Path, extra_routes: int) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TWOFOLD_"))}
        return inherited | {
            "PORT": str(port), "NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1", "WEBHOOK_SECRET": SECRET,
            "EXTRA_ROUTES": str(extra_routes), "PYTHONPATH": f"{HERE / 'common'}:{home}",
            "PYTHONPYCACHEPREFIX": str(STATE / "pycache" / self.name),
        }  # fmt: skip


def contenders(only: Iterable[str] = ()) -> list[Contender]:
    """Give all, or those that are named, by framework or by framework and server."""
    wanted = set(only)
    found = []
    for file in sorted((HERE / "contenders").glob("*/contender.json")):
        spec = json.loads(file.read_text())
        found += [Contender(file.parent, variant, spec) for variant in spec["variants"]]
    return [one for one in found if not wanted or {one.id, one.name} & wanted]


def set_up(only: Iterable[str] = ()) -> None:
    """Install what the contenders need into the state folder, each by itself."""
    for one in {each.name: each for each in contenders(only)}.values():
        print(f"setting up {one.name}", flush=True)
        if one.kind == "python":
            _set_up_python(one)
        else:
            _set_up_node(one)


def _set_up_python(one: Contender) -> None:
    if one.spec.get("copy"):  # it writes into its own folder
        shutil.copytree(one.folder, one.home(), dirs_exist_ok=True)
    if one.spec.get("self"):
        return
    python = one.programs / "python"
    if not python.exists():
        _run(sys.executable, "-m", "venv", one.programs.parent)
    _run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", one.folder / "requirements.txt")


def _set_up_node(one: Contender) -> None:
    shutil.copytree(one.folder, one.home(), dirs_exist_ok=True)
    if one.kind == "node":
        shutil.copy(HERE / "common" / "store.mjs", one.home())
    _run("npm", "install", "--no-audit", "--no-fund", "--silent", folder=one.home())
    if one.kind == "next":
        _run("npx", "next", "build", folder=one.home())
        _build_with_more_routes(one, EXTRA_ROUTES["W4k"])


def _build_with_more_routes(one: Contender, count: int) -> None:
    home = one.home(count)
    shutil.copytree(one.folder, home, dirs_exist_ok=True)
    shutil.copytree(one.home() / "node_modules", home / "node_modules", dirs_exist_ok=True, symlinks=True)
    source = (one.folder / "app/api/stock/[sku]/route.js").read_text()
    for number in range(count):
        folder = home / f"app/api/g{number}/[sku]"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "route.js").write_text(source)
    _run("npx", "next", "build", folder=home)


def _run(*words: str | Path, folder: Path = HERE) -> None:
    subprocess.run([str(word) for word in words], cwd=folder, check=True, env=os.environ | {"NEXT_TELEMETRY_DISABLED": "1"})
