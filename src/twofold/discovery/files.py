"""Which files of a package take part, by their names alone: nothing is imported here.

    products/          /products           stock_levels/    /stock-levels
    _sku_/             a dynamic segment   _private/        not looked at
    __init__.py        SEGMENT = "..."     _private.py      not looked at

A name that Python cannot import is refused where it would have been a route.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twofold.errors import ConfigurationError

ROUTING_FILES: Final = ("page", "layout", "route", "middleware", "not_found", "error")

_DYNAMIC = re.compile(r"_([^\W_]\w*)_")


@dataclass(frozen=True, slots=True)
class Files:
    """The Python files of one folder and the folders in it, by name.

    Attributes:
        package: dotted name.
        stems: modules to import, without `__init__`.
        has_init: whether there is an `__init__.py`; a namespace folder has none.
    """

    package: str
    directory: Path
    stems: tuple[str, ...]
    has_init: bool
    children: tuple[Files, ...]

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.package.rpartition(".")[2]

    def path_of(self, stem: str) -> Path:
        """The file of a module in this folder."""
        return self.directory / f"{stem}.py"


def dynamic_name(folder_name: str) -> str | None:
    """Give `sku` for `_sku_`, None for every other name."""
    dynamic = _DYNAMIC.fullmatch(folder_name)
    return None if dynamic is None else dynamic[1]


def scan(package: str, directory: Path) -> Files:
    """List a package's files and folders, in the order of their names.

    Raises:
        ConfigurationError: a routing file or its folder has a name that Python cannot import, or a module and a
            folder share one name.
    """
    entries = sorted(directory.iterdir(), key=lambda entry: entry.name)
    stems = tuple(_stems(entry for entry in entries if entry.suffix == ".py" and entry.is_file()))
    children = tuple(_children(package, [entry for entry in entries if entry.is_dir()]))
    files = Files(package, directory, stems, (directory / "__init__.py").is_file(), children)
    _refuse_shadowed_modules(files)
    return files


def _stems(paths: Iterator[Path]) -> Iterator[str]:
    for path in paths:
        if _is_importable(path.stem):
            if not path.stem.startswith("_"):
                yield path.stem
        elif path.stem.replace("-", "_") in ROUTING_FILES:
            raise ConfigurationError(f"{path}: Python cannot import this name; rename it to {path.stem.replace('-', '_')}.py")


def _children(package: str, directories: list[Path]) -> Iterator[Files]:
    for directory in directories:
        if _is_importable(directory.name):
            if _takes_part(directory.name):
                files = scan(f"{package}.{directory.name}", directory)
                # A folder of templates or images is none of ours, and need not become a module.
                if files.has_init or files.stems or files.children:
                    yield files
        else:
            _refuse_routing_files_in(directory)


def _is_importable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _takes_part(name: str) -> bool:
    return not name.startswith("_") or dynamic_name(name) is not None


def _refuse_routing_files_in(directory: Path) -> None:
    found = [path for path in (directory / f"{stem}.py" for stem in ROUTING_FILES) if path.is_file()]
    if found and not directory.name.startswith((".", "_")):
        raise ConfigurationError(f"{found[0]}: Python cannot import from a folder {directory.name!r}; {_remedy(directory.name)}")


def _remedy(name: str) -> str:
    words = "_".join(re.findall(r"\w+", name)).strip("_")
    if name.startswith(("[", "{", "<")):
        return f"rename it to _{words}_"
    importable = words if _is_importable(words) else f"segment_{words}"
    if importable.replace("_", "-") == name:
        return f"rename it to {importable}, which has the URL segment {name!r}"
    return f"rename it to {importable} and write SEGMENT = {name!r} in its __init__.py"


def _refuse_shadowed_modules(files: Files) -> None:
    for child in files.children:
        if child.name in files.stems:
            raise ConfigurationError(
                f"{files.path_of(child.name)}: the folder {child.directory} has the same name, and Python imports only one"
                " of them; rename the module, or rename the folder and write its old name as SEGMENT in its __init__.py"
            )
