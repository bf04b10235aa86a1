"""What a rule is."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from twofold.check.findings import Edit, Finding
from twofold.check.project import Project
from twofold.check.source import Source


class Rule(ABC):
    """One kind of mistake. A rule reports only what it is sure of: a wrong report is worse than a missed one.

    Attributes:
        id: `TW` and three digits; never given to another mistake.
        why: what goes wrong, in one or two sentences.
        remedy: what to write instead.
        bad: an example that is reported.
        good: the same example, put right.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    why: ClassVar[str]
    remedy: ClassVar[str]
    bad: ClassVar[str]
    good: ClassVar[str]

    @abstractmethod
    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find the mistake in one file."""

    def at(self, source: Source, node: ast.expr | ast.stmt | ast.arg | ast.ExceptHandler, message: str, *edits: Edit) -> Finding:
        """Report a node; of a definition, its first line."""
        line, column = node.lineno, source.column(node.lineno, node.col_offset)
        is_block = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler))
        if is_block or node.end_lineno is None or node.end_col_offset is None:
            return Finding(source.path, line, column, self.id, message, line, column, edits)
        end = source.column(node.end_lineno, node.end_col_offset)
        return Finding(source.path, line, column, self.id, message, node.end_lineno, end, edits)
