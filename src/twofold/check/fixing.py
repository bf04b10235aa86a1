"""Putting right what can be put right without a decision."""

from __future__ import annotations

from collections.abc import Iterable

from twofold.check.findings import Finding


def fixed(text: str, findings: Iterable[Finding]) -> tuple[str, int]:
    """Give a file with the edits of its findings made, and how many findings that were.

    Edits that overlap one made already are left for the next run.
    """
    starts = _line_starts(text)
    made: list[tuple[int, int, str]] = []
    count = 0
    for finding in findings:
        spans = [(_offset(starts, edit.start), _offset(starts, edit.end), edit.text) for edit in finding.edits]
        if spans and not any(_overlap(one, other) for one in spans for other in made):
            made += spans
            count += 1
    for start, end, replacement in sorted(made, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text, count


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _offset(starts: list[int], place: tuple[int, int]) -> int:
    return starts[place[0] - 1] + place[1] - 1
