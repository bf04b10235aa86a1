"""The map of the documentation: every page, by what a reader wants from it."""

from __future__ import annotations

import re
from pathlib import Path

KINDS = {
    "tutorial": ("Tutorial", "Learn by building: start here."),
    "how-to": ("How-to guides", "Reach one goal, when you know what it is."),
    "explanation": ("Explanation", "Understand why it is as it is, and choose."),
    "reference": ("Reference", "Look up what a name takes, gives and raises."),
}

HEADING = re.compile(r"^# +(.+?) *$", re.MULTILINE)
SENTENCE = re.compile(r"^(?=[^\W\d_*`\[])((?:[^\n]|\n(?!\n))+?[.:])(?:\s|$)", re.MULTILINE)


def contents(docs: Path, notice: str) -> str:
    """Give the map of the pages in a folder."""
    lines = [notice, "", "# Documentation", ""]
    for folder, (title, purpose) in KINDS.items():
        pages = [docs / "reference" / "README.md"] if folder == "reference" else sorted((docs / folder).glob("*.md"))
        if pages:
            lines += [f"## {title}", "", purpose, "", *(f"- {entry(docs, page)}" for page in pages), ""]
    return "\n".join(lines)


def entry(docs: Path, page: Path) -> str:
    """Give a page's title as a link, and its first sentence."""
    text = page.read_text(encoding="utf-8")
    heading = HEADING.search(text)
    title = heading[1] if heading else page.stem
    sentence = SENTENCE.search(text, heading.end() if heading else 0)
    link = f"[{title}]({page.relative_to(docs).as_posix()})"
    return link if sentence is None else f"{link}: {' '.join(sentence[1].rstrip('.:').split())}."
