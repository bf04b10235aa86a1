"""The pages of the rules of `twofold check`, from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

from twofold.check import ENGINE, RULES
from twofold.check.rule import Rule

FOLDER = "checks"


def rule_pages(notice: str) -> dict[str, str]:
    """Give the pages by file name: one that lists the rules, and one for each."""
    pages = {f"{FOLDER}/{rule.id}.md": "\n\n".join([notice, *_sections(rule)]) + "\n" for rule in RULES.values()}
    return {f"{FOLDER}/README.md": _list(notice), **pages}


def _list(notice: str) -> str:
    lines = [notice, "", "# Checks", "", "What `twofold check` reports ([guide](../../how-to/check-an-app.md)).", ""]
    lines += ["| Rule | Mistake | Remedy |", "|---|---|---|"]
    lines += [f"| [{rule.id}]({rule.id}.md) | {rule.title} | {_cell(rule.remedy)} |" for rule in RULES.values()]
    lines += [f"| {rule} | {title} | {_cell(remedy)} |" for rule, (title, remedy) in ENGINE.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sections(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id}: {rule.title}"
    yield rule.why
    yield f"{rule.remedy}."
    yield "## Reported"
    yield f"```py\n{dedent(rule.bad).strip()}\n```"
    yield "## Put right"
    yield f"```py\n{dedent(rule.good).strip()}\n```"
