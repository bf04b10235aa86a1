"""The sources of the React checkout: up to date, compiled, and no more of Twofold in the component than its import."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.typescript import ROOT, compiled, node

EXAMPLE = ROOT / "examples" / "react-checkout"
COMPONENT = EXAMPLE / "src" / "components" / "StockReservation.tsx"


def test_what_is_kept_in_the_example_is_what_the_app_exports() -> None:
    command = [sys.executable, "-m", "twofold.cli", "client", "--out", "src/actions", "--check"]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_compiles() -> None:
    done = node(ROOT / "node_modules" / "typescript" / "bin" / "tsc", "-p", EXAMPLE)

    assert done.stdout == ""


@pytest.mark.parametrize("action", ["of-nextjs", "of-twofold"])
def test_the_component_knows_no_more_than_one_of_nextjs_does(tmp_path: Path, action: str) -> None:
    """The very same file compiles against a server action of Next.js and against the client of Twofold."""
    if action == "of-nextjs":
        (tmp_path / "actions").mkdir()
        shutil.copy(Path(__file__).parent / "nextjs" / "inventory.ts", tmp_path / "actions")
    else:
        shutil.copytree(EXAMPLE / "src" / "actions", tmp_path / "actions")
    shutil.copy(COMPONENT, tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")

    assert compiled(tmp_path, paths={"@/*": ["./*"]}, types=["react", "react-dom"]) == []
    assert "twofold" not in COMPONENT.read_text().lower()


def test_the_manifest_names_what_is_built(built: Path) -> None:
    manifest = json.loads((built / "dist" / ".vite" / "manifest.json").read_text())

    assert (built / "dist" / manifest["src/main.tsx"]["file"]).is_file()
