"""TW018: values written into `Markup` unescaped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Edit, Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_MARKUP = frozenset({"markupsafe.Markup", "jinja2.Markup"})


class UnescapedMarkup(Rule):
    """Values written into `Markup` unescaped."""

    id = "TW018"
    title = "A value goes into HTML unescaped"
    why = "`Markup(...)` believes that its text is HTML. A name like `<script>` in it runs in every visitor's browser."
    remedy = 'Let Markup fill the values in, which escapes them: `Markup("<b>{}</b>").format(name)`'
    bad = """
        from markupsafe import Markup


        def greeting(name: str) -> Markup:
            return Markup(f"<b>{name}</b>")
        """
    good = """
        from markupsafe import Markup


        def greeting(name: str) -> Markup:
            return Markup("<b>{}</b>").format(name)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find texts that are put together before they become Markup."""
        for node in source.nodes:
            if isinstance(node, ast.Call) and source.dotted(node.func) in _MARKUP and len(node.args) == 1:
                value = node.args[0]
                if isinstance(value, ast.JoinedStr) and any(isinstance(one, ast.FormattedValue) for one in value.values):
                    yield self.at(source, value, "what is filled in here is taken for HTML", *_escaping(source, node, value))
                elif _is_filled(value):
                    yield self.at(source, value, "what is filled in here is taken for HTML")


def _is_filled(node: ast.expr) -> bool:
    """Whether this is `"..." % value` or `"...".format(value)` with a constant text."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
    is_format = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    return (
        is_format
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Constant)
    )


def _escaping(source: Source, call: ast.Call, text: ast.JoinedStr) -> list[Edit]:
    """Give the same text with its values filled in by Markup; nothing where a value is not written simply."""
    parts, values = [], []
    for one in text.values:
        if isinstance(one, ast.Constant):
            parts.append(str(one.value).replace("{", "{{").replace("}", "}}"))
        elif isinstance(one, ast.FormattedValue) and one.format_spec is None and one.conversion == -1:
            parts.append("{}")
            values.append(ast.unparse(one.value))
        else:
            return []
    whole = "".join(parts)
    if call.lineno != call.end_lineno or any(character in whole for character in '"\\\n'):
        return []
    return [source.replaced(call, f'{source.code(call.func)}("{whole}").format({", ".join(values)})')]
