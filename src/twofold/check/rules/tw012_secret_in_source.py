"""TW012: a secret in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Source

_NAMES = frozenset({"secret", "secrets"})
_LONGEST_PLACEHOLDER = 8
_KNOWN = re.compile(
    r"(whsec_[A-Za-z0-9+/=]{16,}|sk_live_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{36,}|xox[bp]-[\w-]{20,})"
)
"""What keys of well-known services look like."""


class SecretInSource(Rule):
    """A secret in the source."""

    id = "TW012"
    title = "A secret stands in the source"
    why = "Everyone who reads the repository, now or in its history, can sign in the app's name."
    remedy = "Read it from the environment, `os.environ[...]`, and replace the one that was published"
    bad = """
        from twofold import HmacSha256

        verifier = HmacSha256(header="x-signature", secret="9f8a7c6b5d4e3f2a1b0c")
        """
    good = """
        import os

        from twofold import HmacSha256

        verifier = HmacSha256(header="x-signature", secret=os.environ["PAYMENT_SECRET"])
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find constant secrets given to Twofold, and keys that are known by their form; tests may have some."""
        if source.is_test:
            return
        found: dict[int, ast.Constant] = {}
        for node in source.nodes:
            if isinstance(node, ast.Call) and source.ours(node.func):
                for one in node.keywords:
                    found |= {id(text): text for text in _texts(one.value)} if one.arg in _NAMES else {}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _KNOWN.search(node.value):
                found[id(node)] = node
        for text in found.values():
            yield self.at(source, text, "this secret is known to everyone who reads the source")


def _texts(node: ast.expr) -> list[ast.Constant]:
    nodes = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    return [
        one
        for one in nodes
        if isinstance(one, ast.Constant) and isinstance(one.value, (str, bytes)) and len(one.value) > _LONGEST_PLACEHOLDER
    ]
