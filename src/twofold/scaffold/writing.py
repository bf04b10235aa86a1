"""Write a new project: the files of its templates, with its name in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from twofold.errors import ConfigurationError
from twofold.scaffold.names import title_of

BASE: Final = "base"
"""The templates that every project begins with. Others lie beside them, and their files go before those of the same path."""

README: Final = "README.md"
"""What a template says in it comes after what the ones below say."""

PLACEHOLDERS: Final = ("project-name", "Project name")
"""What stands in the templates for the name, and for the name as a heading. Both are what they stand for, so that every
template is a file that linters, type checkers and browsers read as it is."""

RENAMED: Final[Mapping[str, str]] = {"gitignore": ".gitignore"}
"""Files that would have an effect where they lie."""


def scaffold(target: Path, name: str, overlays: Sequence[str] = ()) -> list[str]:
    """Write a project into a folder that is new or empty.

    Args:
        name: from `checked_name`.
        overlays: names of templates, from the lowest to the highest.

    Returns:
        The paths of the files below the folder, sorted.

    Raises:
        ConfigurationError: the folder is in use, or cannot be written.
    """
    contents = {path: _filled(text, name) for path, text in _laid_over((BASE, *overlays)).items()}
    try:
        _check_target(target)
        _write(target, contents)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}; choose another folder") from None
    return sorted(contents)


def _check_target(target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise ConfigurationError(f"{target} is there and is no folder; choose another name, or remove it")
    if any(target.iterdir()):
        raise ConfigurationError(f"{target} is not empty; choose another name, or empty it")


def _write(target: Path, contents: Mapping[str, str]) -> None:
    for path, text in contents.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def _laid_over(templates: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in templates:
        texts = dict(_texts_of(files("twofold.scaffold") / "templates" / name))
        if README in texts and README in found:
            texts[README] = f"{found[README]}\n{texts[README]}"
        found |= texts
    return found


def _texts_of(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = prefix + RENAMED.get(entry.name, entry.name)
        if entry.is_file():
            yield path, entry.read_text(encoding="utf-8")
        elif not _is_made_by_tools(entry.name):
            yield from _texts_of(entry, f"{path}/")


def _is_made_by_tools(folder: str) -> bool:
    # Installers compile what they install, and linters that run here keep their caches.
    return folder.startswith(("__", "."))


def _filled(text: str, name: str) -> str:
    for placeholder, value in zip(PLACEHOLDERS, (name, title_of(name)), strict=True):
        text = text.replace(placeholder, value)
    return text
