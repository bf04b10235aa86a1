"""Measure `twofold check`: how long it takes over 1,000 files.

python bench/check.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES, RUNS = 1_000, 3


def sources() -> list[str]:
    """Give texts that stand in real code: the package's own and those of the examples, over and over."""
    files = sorted(file for folder in ("src", "examples") for file in (ROOT / folder).rglob("*.py"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [texts[number % len(texts)] for number in range(FILES)]


def main() -> None:
    """Time whole runs of the command."""
    texts = sources()
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"module_{number}.py").write_text(text, encoding="utf-8")
        seconds = []
        for _ in range(RUNS):
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-m", "twofold.cli", "check"], cwd=folder, check=False, capture_output=True)
            seconds.append(time.perf_counter() - began)
            if done.returncode > 1:
                raise RuntimeError(done.stderr.decode())
    lines = sum(text.count("\n") for text in texts)
    print(f"twofold check: {FILES:,} files, {lines:,} lines: {min(seconds):.1f} s ({min(seconds):.1f}-{max(seconds):.1f})")


if __name__ == "__main__":
    main()
