"""The tutorial builds the shop that lies beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.tutorial import SHOP, TUTORIAL, files_of

ABANDONED = {"shop.py", "reads.py"}
"""Files of the first steps, which the fourth step takes apart."""


def run(*command: str, directory: Path) -> None:
    done = subprocess.run([sys.executable, *command], cwd=directory, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_of_the_tutorial_are_those_of_its_shop() -> None:
    told = {name: code.partition("\n")[2] for name, code in files_of(sorted(TUTORIAL.glob("*.md"))).items()}
    there = {file.relative_to(SHOP).as_posix(): file.read_text(encoding="utf-8") for file in SHOP.rglob("*") if is_source(file)}
    assert {name: code for name, code in told.items() if name not in ABANDONED} == there


def is_source(file: Path) -> bool:
    return file.suffix in (".py", ".toml")


def test_the_shop_is_typed(tmp_path: Path) -> None:
    run("-m", "mypy", "--strict", "--explicit-package-bases", "--cache-dir", str(tmp_path), ".", directory=SHOP)
