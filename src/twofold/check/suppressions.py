"""Suppressions: `# twofold: ignore[TW001] why this is right here`, at the end of the line that is reported."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twofold.check.findings import Finding
from twofold.check.registry import NO_REASON, UNUSED

_COMMENT = re.compile(r"#\s*twofold:\s*ignore\[(?P<ids>[A-Za-z0-9, ]*)\](?P<reason>.*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment.

    Args:
        column: from 1.
    """

    line: int
    column: int
    ids: tuple[str, ...]
    reason: str


def suppressions_of(text: str) -> list[Suppression]:
    """Read the suppressions of a file; what only looks like one, inside a text, is none."""
    if "twofold:" not in text:
        return []
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            ids = tuple(one.strip().upper() for one in match["ids"].split(",") if one.strip())
            found.append(Suppression(token.start[0], token.start[1] + match.start() + 1, ids, match["reason"].strip()))
    return found


def suppressed(
    path: Path, found: Iterable[Finding], comments: Iterable[Suppression], checked: frozenset[str]
) -> Iterator[Finding]:
    """Leave out what is suppressed, and report what is wrong with the suppressions.

    Args:
        checked: the ids of the rules that ran; a suppression of another rule may have its use.
    """
    comments = list(comments)
    used: set[tuple[int, str]] = set()
    for one in found:
        lines = range(one.line, one.end_line + 1)
        covering = [comment for comment in comments if comment.line in lines and one.rule in comment.ids]
        used.update((comment.line, one.rule) for comment in covering)
        if not covering:
            yield one
    for comment in comments:
        yield from _wrong(path, comment, [one for one in comment.ids if (comment.line, one) not in used and one in checked])


def _wrong(path: Path, comment: Suppression, unused: list[str]) -> Iterator[Finding]:
    def told(rule: str, message: str) -> Finding:
        return Finding(path, comment.line, comment.column, rule, message, comment.line, comment.column)

    if not comment.ids:
        yield told(UNUSED, "no rule is named in the brackets")
    elif not comment.reason:
        yield told(NO_REASON, f"why is {', '.join(comment.ids)} ignored here?")
    for one in unused:
        yield told(UNUSED, f"{one} finds nothing here")
