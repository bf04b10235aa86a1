"""The pages of the tutorial follow each other: a reader of one has the files of those before it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from support.markdown import code_blocks

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"
SHOP = TUTORIAL / "shop"


def files_of(pages: Iterable[Path]) -> dict[str, str]:
    """Give the files that pages tell their reader to save, as the last page has them."""
    blocks = (block for page in pages for block in code_blocks(page.read_text(encoding="utf-8")))
    return {block.file: block.code for block in blocks if block.file is not None}


def lay_out_earlier_pages(page: Path, directory: Path) -> None:
    """Save what the reader of a page of the tutorial has when the page begins; nothing for other pages."""
    if page.parent != TUTORIAL:
        return
    for name, code in files_of(one for one in sorted(TUTORIAL.glob("*.md")) if one.name < page.name).items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
