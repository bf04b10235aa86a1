"""A report as text, JSON, SARIF, or annotations of GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from twofold.check.checking import Report
from twofold.check.findings import Finding
from twofold.check.registry import ENGINE, RULES

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def title_of(rule: str) -> str:
    """Give the title of a rule, or of what the checker reports itself."""
    return RULES[rule].title if rule in RULES else ENGINE[rule][0]


def remedy_of(rule: str) -> str:
    """Give what to do about it."""
    return RULES[rule].remedy if rule in RULES else ENGINE[rule][1]


def as_text(report: Report) -> str:
    """Give what a person reads: the place, the line itself, and the remedy."""
    return "\n".join([*(_shown(one, report) for one in report.findings), summary(report)])


def summary(report: Report) -> str:
    """Give the closing line."""
    found, files = len(report.findings), report.files
    checked = f"{files:,} {'file' if files == 1 else 'files'} checked"
    if not found:
        return f"{checked}, nothing found"
    fixable = sum(bool(one.edits) for one in report.findings)
    hint = f"; --fix puts {fixable} right" if fixable else ""
    return f"{checked}, {found:,} {'mistake' if found == 1 else 'mistakes'} found{hint}"


def _shown(one: Finding, report: Report) -> str:
    head = f"{one.path.as_posix()}:{one.line}:{one.column}: {one.rule} {one.message}"
    lines = report.sources.get(one.path, ())
    shown = []
    if one.line <= len(lines):
        line = lines[one.line - 1]
        width = one.end_column - one.column if one.end_line == one.line else len(line) - one.column + 1
        # A tab stays one, so that the mark stands below what it means.
        before = "".join("\t" if character == "\t" else " " for character in line[: one.column - 1])
        number = str(one.line)
        shown = [f"  {number} | {line}", f"  {' ' * len(number)} | {before}{'^' * max(width, 1)}"]
    return "\n".join([head, *shown, f"  {remedy_of(one.rule)}", ""])


def as_json(report: Report) -> str:
    """Give a list of objects, for programs."""
    return json.dumps(
        [
            {
                "rule": one.rule,
                "title": title_of(one.rule),
                "message": one.message,
                "remedy": remedy_of(one.rule),
                "path": one.path.as_posix(),
                "line": one.line,
                "column": one.column,
                "endLine": one.end_line,
                "endColumn": one.end_column,
                "fixable": bool(one.edits),
            }
            for one in report.findings
        ],
        indent=2,
    )


def as_sarif(report: Report) -> str:
    """Give a log that code scanning reads.

    Source: SARIF 2.1.0 (OASIS), sections 3.13 to 3.30.
    """
    ids = sorted({one.rule for one in report.findings} | set(RULES))
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": title_of(rule)},
            "fullDescription": {"text": RULES[rule].why if rule in RULES else title_of(rule)},
            "help": {"text": remedy_of(rule)},
        }
        for rule in ids
    ]
    driver = {"name": "twofold check", "version": version("twofold"), "rules": rules}
    results = [_result(one, ids.index(one.rule)) for one in report.findings]
    return json.dumps(
        {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}, indent=2
    )


def _result(one: Finding, index: int) -> dict[str, Any]:
    region = {"startLine": one.line, "startColumn": one.column, "endLine": one.end_line, "endColumn": one.end_column}
    place = {"artifactLocation": {"uri": one.path.as_posix()}, "region": region}
    message = f"{one.message}. {remedy_of(one.rule)}"
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    }


def as_github(report: Report) -> str:
    """Give commands that a workflow of GitHub shows beside the lines of a change."""
    return "\n".join(
        f"::error file={_property(one.path.as_posix())},line={one.line},col={one.column},endLine={one.end_line},"
        f"endColumn={one.end_column},title={_property(f'{one.rule} {title_of(one.rule)}')}::"
        f"{_data(f'{one.message}. {remedy_of(one.rule)}')}"
        for one in report.findings
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[Report], str]] = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github}
