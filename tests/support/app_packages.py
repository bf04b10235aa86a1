"""Packages of routing files, written for one test and forgotten after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import invalidate_caches
from itertools import count
from pathlib import Path
from textwrap import dedent

_numbers = count(1)


@dataclass(frozen=True)
class AppPackage:
    """A package that can be imported by its name."""

    name: str
    directory: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write source texts by path within the package; a path that ends with a slash is an empty folder."""
        for path, source in files.items():
            file = self.directory / path
            if path.endswith("/"):
                file.mkdir(parents=True, exist_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(dedent(source), encoding="utf-8")
        invalidate_caches()


@contextmanager
def app_package(directory: Path) -> Iterator[AppPackage]:
    """Make an empty package with a name of its own on the Python path."""
    name = f"discovered_{next(_numbers)}"
    (directory / name).mkdir()
    sys.path.insert(0, str(directory))
    try:
        yield AppPackage(name, directory / name)
    finally:
        sys.path.remove(str(directory))
        for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[module]
