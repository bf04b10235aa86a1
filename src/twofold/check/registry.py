"""The rules that there are: each in a file of its own in the package `rules`, and found there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from twofold.check import rules
from twofold.check.rule import Rule


def _found() -> Mapping[str, Rule]:
    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    kinds: list[type[Rule]] = Rule.__subclasses__()
    return {kind.id: kind() for kind in sorted(kinds, key=lambda kind: kind.id)}


RULES = _found()
"""Every rule by its id."""

UNREADABLE = "TW000"
"""Reported where a file is no Python."""

NO_REASON = "TW090"
"""Reported where a suppression does not say why."""

UNUSED = "TW091"
"""Reported where a suppression suppresses nothing."""

ENGINE: Mapping[str, tuple[str, str]] = {
    UNREADABLE: ("A file is no Python", "Correct the syntax: nothing else of the file is checked"),
    NO_REASON: ("A suppression gives no reason", "Write why: `# twofold: ignore[TW001] the other side is public`"),
    UNUSED: ("A suppression suppresses nothing", "Delete it"),
}
"""Titles and remedies of what the checker reports itself."""
