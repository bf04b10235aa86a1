"""Checking files: each is read once, and every rule looks at it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from twofold.check.configuration import Choice
from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.registry import RULES, UNREADABLE
from twofold.check.source import Source
from twofold.check.suppressions import suppressed, suppressions_of
from twofold.errors import ConfigurationError

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist", "migrations", "venv"})
"""Folders whose code is somebody else's, beside those whose names begin with a dot."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run has found, in the order of paths and lines.

    Args:
        sources: the lines of each file, to show them.
        files: how many were checked.
    """

    findings: Sequence[Finding]
    sources: dict[Path, Sequence[str]]
    files: int


def check(paths: Sequence[Path], choice: Choice, root: Path) -> Report:
    """Check files and all that is in folders.

    Args:
        root: that paths are shown from.

    Raises:
        ConfigurationError: a path is not there.
    """
    with _collector_off():
        return _check(paths, choice, root)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Leave the collector off: nearly all that is made here is kept, and looking through it again takes most of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check(paths: Sequence[Path], choice: Choice, root: Path) -> Report:
    found: list[Finding] = []
    sources: list[Source] = []
    files = sorted(set(_files(paths, choice, root)))
    for file in files:
        shown = file.relative_to(root) if file.is_relative_to(root) else file
        try:
            sources.append(Source(shown, file.read_text(encoding="utf-8")))
        except (SyntaxError, ValueError) as error:  # ValueError: null bytes, or no UTF-8
            line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
            if choice.has(UNREADABLE):
                message = getattr(error, "msg", None) or str(error)
                found.append(Finding(shown, line, column, UNREADABLE, message, line, column))
    project = Project(sources)
    for source in sources:
        found += _checked(source, project, choice)
    return Report(sorted(found), {source.path: source.lines for source in sources}, len(files))


def _checked(source: Source, project: Project, choice: Choice) -> Iterator[Finding]:
    rules = [rule for rule in RULES.values() if choice.has(rule.id)]
    found = sorted(one for rule in rules for one in rule.check(source, project))
    checked = frozenset(rule.id for rule in rules)
    for one in suppressed(source.path, found, suppressions_of(source.text), checked):
        if choice.has(one.rule):
            yield one


def _files(paths: Iterable[Path], choice: Choice, root: Path) -> Iterator[Path]:
    for path in paths:
        whole = path if path.is_absolute() else root / path
        if whole.is_file():
            yield whole
        elif whole.is_dir():
            yield from (file for file in _below(whole) if not choice.excludes(file, root))
        else:
            raise ConfigurationError(f"there is no file or folder {path}")


def _below(folder: Path) -> Iterator[Path]:
    for directory, names, entries in os.walk(folder):
        names[:] = sorted(name for name in names if name not in SKIPPED and not name.startswith("."))
        yield from (Path(directory) / entry for entry in sorted(entries) if entry.endswith(".py"))
