"""Snippets for `twofold check`: a line that must be reported says by which rule in a comment at its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from twofold.check import Choice, check

_MARK = re.compile(r"#!(TW\d{3})")

Places = list[tuple[str, int, str]]
"""File, line and rule of each report."""


def reported_and_marked(folder: Path, files: str | Mapping[str, str]) -> tuple[Places, Places]:
    """Check snippets as one project.

    Args:
        files: texts by path; one text is `shop.py`.
    """
    texts = {name: dedent(text) for name, text in ({"shop.py": files} if isinstance(files, str) else files).items()}
    marked: Places = []
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        for number, line in enumerate(text.splitlines(), 1):
            marked += [(name, number, rule) for rule in _MARK.findall(line)]
    found = check([folder], Choice(), folder).findings
    return sorted((one.path.as_posix(), one.line, one.rule) for one in found), sorted(marked)
