"""The code blocks of a page of Markdown, with what the page says about running them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[\w-]*)[^\n`]*\n(?P<code>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!--\s*not run: (?P<reason>\S.*?)\s*-->\s*\Z", re.DOTALL)
FILE_NAME = re.compile(r"(?:#|//|--|<!--)[ ]*(?P<name>[\w.-]+(?:/[\w.-]+)*\.\w+)(?:[ ]*-->)?[ ]*\n")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        line: of the page, of the first line of code.
        file: the path in the first line's comment, where the page tells the reader to save the block.
        reason: why it is not run.
    """

    language: str
    code: str
    line: int
    file: str | None
    reason: str | None


def code_blocks(page: str) -> Iterator[Block]:
    """Give the blocks of a page in order."""
    for match in FENCE.finditer(page):
        before = page[: match.start()]
        file, reason = FILE_NAME.match(match["code"]), NOT_RUN.search(before)
        yield Block(
            language=match["language"],
            code=match["code"],
            line=before.count("\n") + 2,
            file=file and file["name"],
            reason=reason and reason["reason"],
        )


@dataclass(frozen=True)
class Command:
    """A line that a reader types, and what they are told to expect."""

    text: str
    expected: str


def commands(console: str) -> Iterator[Command]:
    """Give the commands of a console block: lines behind `$ `, continued by a backslash, each above its output."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*)(?:\n|\Z)", part)
        text = match[1] if match else part
        yield Command(text, part[len(text) :].strip("\n"))


def is_expected(output: str, expected: str) -> bool:
    """Tell whether output is what a page says, where `…` stands for anything within a line, or alone for any lines."""
    pattern = ""
    for line in expected.strip().splitlines():
        if line.strip() in {"…", "..."}:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*?".join(re.escape(piece) for piece in line.rstrip().split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern, output.replace("\r\n", "\n").strip() + "\n") is not None
