"""TW018: values written into `Markup` unescaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import reported_and_marked

CASES: Mapping[str, str | Mapping[str, str]] = {
    "every way to fill a text": """
        import markupsafe
        from markupsafe import Markup

        def rows(name: str) -> list[Markup]:
            return [
                Markup(f"<b>{name}</b>"),  #!TW018
                Markup("<b>%s</b>" % name),  #!TW018
                Markup("<b>{}</b>".format(name)),  #!TW018
                markupsafe.Markup(f"{name}"),  #!TW018
            ]
        """,
    "filled in by markup": """
        from markupsafe import Markup, escape

        def rows(name: str, html: Markup) -> list[Markup]:
            return [
                Markup("<b>{}</b>").format(name),
                Markup("<b>%s</b>") % name,
                Markup("<br>"),
                Markup(f"<br>"),
                Markup(html),
                escape(name),
            ]
        """,
    "a class of the same name": """
        from notes import Markup

        def row(name: str) -> Markup:
            return Markup(f"<b>{name}</b>")
        """,
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_marked_is_reported_and_nothing_else(files: str | Mapping[str, str], tmp_path: Path) -> None:
    reported, marked = reported_and_marked(tmp_path, files)

    assert reported == marked
