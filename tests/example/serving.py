"""The shop in a process of its own, served by uvicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHOP = Path(__file__).parents[2] / "examples" / "inventory"
STOP_SECONDS = 20


def environment_for(directory: Path) -> dict[str, str]:
    """Give the environment of a shop in development whose database is in a directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
    return kept | {
        "TWOFOLD_ENV": "development",
        "TWOFOLD_SECRET": "kept-by-these-tests-and-nobody-else",
        "DATABASE_URL": f"sqlite+aiosqlite:///{directory / 'shop.db'}",
        "PICTURES": str(directory / "pictures"),
    }


@contextmanager
def serving(environ: Mapping[str, str]) -> Iterator[str]:
    """Serve the shop on a free port of the loopback for the time of the block, and give its URL.

    The socket listens before the process starts: whoever connects early waits, and nobody has to poll.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, Path(__file__).parent / "programs" / "serve.py", str(listener.fileno())]
        process = subprocess.Popen(command, cwd=SHOP, env=environ | {"PYTHONPATH": str(SHOP)}, pass_fds=[listener.fileno()])
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield url
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def run_command(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the shop as its README says: `python -m ...` in its folder."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=SHOP, env=dict(environ), capture_output=True, text=True, check=False
    )
