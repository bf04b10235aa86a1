"""What a rule has found, and how it may be put right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of a part of a file, safe because it keeps what the code does where that was right.

    Args:
        start: line and column, from 1, in characters.
        end: after the part.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake in one place.

    Attributes:
        line: from 1.
        column: from 1, in characters.
        message: what is wrong here; the rule says why, and what to do.
        edits: that put it right; none where a person has to decide.
    """

    path: Path
    line: int
    column: int
    rule: str
    message: str
    end_line: int
    end_column: int
    edits: tuple[Edit, ...] = ()
