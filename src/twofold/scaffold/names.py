"""What a project may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from twofold.errors import ConfigurationError

MAX_CHARACTERS: Final = 64
NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.IGNORECASE | re.ASCII)

TAKEN: Final[Mapping[str, str]] = {
    "twofold": "pip could not install the framework beside it",
    "htpy": "pip could not install what its pages are written with",
    "psycopg": "pip could not install what it asks its database with",
}
"""Names that a project needs for others, and why."""


def checked_name(name: str) -> str:
    """Give the name of a new project, when it can be one.

    Raises:
        ConfigurationError: it cannot.

    Source: PyPA, "Names and normalization": letters, digits and single marks between them.
    """
    if len(name) > MAX_CHARACTERS or not NAME.fullmatch(name):
        raise ConfigurationError(
            f"a project cannot be called {name!r}; begin with a letter, go on with letters and digits,"
            f' and put "-" or "_" between words: "guest-book"; at most {MAX_CHARACTERS} characters'
        )
    reason = TAKEN.get(name.lower().replace("_", "-"))
    if reason is not None:
        raise ConfigurationError(f"a project cannot be called {name!r}: {reason}; choose another name")
    return name


def title_of(name: str) -> str:
    """Give a name as a heading has it: "guest-book" is "Guest book"."""
    words = re.sub(r"[-_]", " ", name)
    return words[:1].upper() + words[1:]
