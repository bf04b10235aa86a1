"""The files of a client: what they should be, what differs on the disk, and how they get there all at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from twofold.app import App
from twofold.client.exports import exports_of
from twofold.client.modules import MARK, module_text
from twofold.client.names import RUNTIME, module_path
from twofold.errors import ConfigurationError

Files: TypeAlias = Mapping[PurePosixPath, str]
"""Texts by path below the output folder."""


def client_files(app: App, root: str) -> Files:
    """Give the files of an app's client; the same app gives the same.

    Args:
        root: the output folder's own name: a package of that name needs no folder of its own in it.

    Raises:
        ConfigurationError: two modules, or two functions of one, would have the same name.
    """
    found: dict[PurePosixPath, str] = {path: _runtime(path) for path in RUNTIME}
    modules: dict[PurePosixPath, str] = {}
    for exports in exports_of(app):
        path = module_path(exports.module, root)
        known = modules.setdefault(path, exports.module)
        if known != exports.module:
            raise ConfigurationError(f"{known} and {exports.module} would both be written as {path}; choose another folder")
        found[path] = module_text(exports, path)
    return found


def _runtime(path: PurePosixPath) -> str:
    text = files("twofold.client").joinpath("runtime", str(path)).read_text(encoding="utf-8")
    return f"{MARK}. Changes are lost.\n/* eslint-disable */\n{text}"


def outdated(wanted: Files, folder: Path) -> dict[PurePosixPath, tuple[str | None, str | None]]:
    """Give what differs, with the text that is there and the text that should be; None stands for no file."""
    there = {path: _read(folder / path) for path in _ours(folder) | wanted.keys()}
    return {path: (text, wanted.get(path)) for path, text in sorted(there.items()) if text != wanted.get(path)}


def write(wanted: Files, folder: Path) -> list[PurePosixPath]:
    """Make a folder hold these files, and none of ours beside them; files of others stay.

    Every text is on the disk before the first file changes, and each changes at once, so that nobody reads half of one.

    Returns:
        What has changed.

    Raises:
        ConfigurationError: a file that is not ours is in the way; nothing has changed.
    """
    changes = outdated(wanted, folder)
    for path, (text, _) in changes.items():
        if text is not None and not text.startswith(MARK):
            raise ConfigurationError(
                f"{folder / path} was not written by `twofold client`; move it away, or choose another folder"
            )
    # Beside the folder, because a rename is at once within one file system only.
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".twofold-client-") as made:
        ready = [(path, _prepared(Path(made) / str(index), text)) for index, (path, (_, text)) in enumerate(changes.items())]
        for path, file in ready:
            if file is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                file.replace(folder / path)
    for path, file in ready:
        if file is None:
            _remove(folder, path)
    return list(changes)


def _prepared(file: Path, text: str | None) -> Path | None:
    if text is None:
        return None
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def _remove(folder: Path, path: PurePosixPath) -> None:
    (folder / path).unlink()
    for parent in path.parents[:-1]:
        with suppress(OSError):  # something else is in it
            (folder / parent).rmdir()


def _ours(folder: Path) -> set[PurePosixPath]:
    found = set()
    for directory, names, entries in os.walk(folder):
        names[:] = [name for name in names if name != "node_modules"]
        for entry in entries:
            file = Path(directory) / entry
            if file.suffix == ".ts" and (_read(file) or "").startswith(MARK):
                found.add(PurePosixPath(file.relative_to(folder).as_posix()))
    return found


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return ""
