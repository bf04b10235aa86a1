"""Turn a docstring into Markdown: sections into lists, indented examples into fenced code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

SECTION = re.compile(r"(Args|Returns|Raises|Yields|Warns|Attributes):\n((?:(?:    .*)?(?:\n|\Z))+)")
TITLES = {"Args": "Arguments"}
ENTRY = re.compile(r"([*\w., `]+?): (.*)", re.DOTALL)
LISTED = {"Args", "Raises", "Warns", "Attributes"}


def to_markdown(doc: str) -> str:
    """Give the Markdown of a docstring."""
    parts: list[str] = []
    position = 0
    for section in SECTION.finditer(doc):
        parts.extend(prose(doc[position : section.start()]))
        parts.append(section_markdown(section[1], textwrap.dedent(section[2]).strip("\n")))
        position = section.end()
    parts.extend(prose(doc[position:]))
    return "\n\n".join(parts)


def prose(text: str) -> Iterator[str]:
    """Give paragraphs, with indented ones as code."""
    for indented, block in blocks(text):
        if not indented:
            yield block.strip("\n")
        else:
            code = textwrap.dedent(block).strip("\n")
            yield f"```{language(code)}\n{code}\n```"


def blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Split text at blank lines where the indentation begins or ends."""
    block: list[str] = []
    was_indented = False
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if not paragraph.strip():
            continue
        indented = paragraph.startswith("    ")
        if block and indented and was_indented:
            block.append(paragraph)
            continue
        if block:
            yield was_indented, "\n\n".join(block)
        block, was_indented = [paragraph], indented
    if block:
        yield was_indented, "\n\n".join(block)


def language(code: str) -> str:
    """Tell Python from diagrams and shell lines."""
    try:
        compile(code, "<example>", "exec", flags=0x2000)  # PyCF_ALLOW_TOP_LEVEL_AWAIT
    except SyntaxError:
        return "text"
    return "python"


def section_markdown(kind: str, text: str) -> str:
    """Give a section: a list of entries where it has names, otherwise a sentence."""
    title = TITLES.get(kind, kind)
    if kind not in LISTED:
        return f"**{title}:** {' '.join(text.split())}"
    entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", text)]
    return f"**{title}:**\n\n" + "\n".join(f"- {entry_markdown(entry)}" for entry in entries)


def entry_markdown(entry: str) -> str:
    """Give one entry of a list, with what comes before the colon as code."""
    match = ENTRY.fullmatch(entry)
    return entry if match is None else f"`{match[1]}`: {match[2]}"
