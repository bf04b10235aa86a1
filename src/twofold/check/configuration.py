"""Which rules run, and on what: `[tool.twofold.check]` and the command line."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twofold.check.registry import ENGINE, RULES
from twofold.errors import ConfigurationError

_KEYS = ("select", "ignore", "exclude")


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules of one run.

    Args:
        select: ids, or how they begin; all where there is none.
        ignore: the same, and it wins.
        exclude: patterns of paths from the project's root, such as `generated/*`.

    Raises:
        ConfigurationError: no rule has such an id.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("select", "ignore"):
            for one in getattr(self, name):
                if not one or not any(known.startswith(one.upper()) for known in (*RULES, *ENGINE)):
                    raise ConfigurationError(f"{name}: there is no rule {one!r}; `twofold check --rules` lists them")

    def has(self, rule: str) -> bool:
        """Whether a rule runs."""
        is_selected = not self.select or any(rule.startswith(one.upper()) for one in self.select)
        return is_selected and not any(rule.startswith(one.upper()) for one in self.ignore)

    def excludes(self, file: Path, root: Path) -> bool:
        """Whether a file below a folder is left out; one that is named itself is checked."""
        shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        return any(fnmatch.fnmatch(shown, one) or shown.startswith(one.rstrip("/") + "/") for one in self.exclude)


def configured(table: Mapping[str, Any], *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Choice:
    """Give the choice of a project; the command line adds to what it ignores, and replaces what it selects.

    Args:
        table: `[tool.twofold]`.

    Raises:
        ConfigurationError: the table says what it cannot.
    """
    own = table.get("check", {})
    if not isinstance(own, dict):
        raise ConfigurationError(f"[tool.twofold.check] is a table, not {own!r}")
    unknown = own.keys() - set(_KEYS)
    if unknown:
        raise ConfigurationError(f"[tool.twofold.check] has no {sorted(unknown)}; it knows {', '.join(_KEYS)}")
    for name, value in own.items():
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ConfigurationError(f"[tool.twofold.check] {name}: write a list of texts, not {value!r}")
    return Choice(select or own.get("select", ()), [*own.get("ignore", ()), *ignore], own.get("exclude", ()))
