"""TW001: a signature compared with `==`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twofold.check.findings import Finding
from twofold.check.project import Project
from twofold.check.rule import Rule
from twofold.check.source import Role, Source

_DIGESTS = ("digest", "hexdigest")


class ComparedSignature(Rule):
    """A signature compared with `==`."""

    id = "TW001"
    title = "A signature is compared with =="
    why = "`==` ends at the first wrong character: how long it takes tells a forger how much of a signature is right already."
    remedy = "Declare `@verify(HmacSha256(...))` on the handler, or compare with `hmac.compare_digest`"
    bad = """
        import hashlib
        import hmac


        def is_genuine(secret: bytes, body: bytes, signature: str) -> bool:
            return hmac.new(secret, body, hashlib.sha256).hexdigest() == signature
        """
    good = """
        import hashlib
        import hmac


        def is_genuine(secret: bytes, body: bytes, signature: str) -> bool:
            return hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest(), signature)
        """

    def check(self, source: Source, project: Project) -> Iterator[Finding]:
        """Find comparisons one side of which is a keyed digest; a test may compare as it likes."""
        for role in () if source.is_test else source.roles:
            digests = _names(source, role)
            for node in role.body:
                if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                    sides = (node.left, node.comparators[0])
                    if any(_is_digest(source, one) or (isinstance(one, ast.Name) and one.id in digests) for one in sides):
                        yield self._found(source, node, *sides)

    def _found(self, source: Source, node: ast.Compare, left: ast.expr, right: ast.expr) -> Finding:
        message = "a signature is compared in a time that tells how much of it is right"
        if source.imports.get("hmac") != "hmac":
            return self.at(source, node, message)
        not_ = "not " if isinstance(node.ops[0], ast.NotEq) else ""
        text = f"{not_}hmac.compare_digest({source.code(left)}, {source.code(right)})"
        return self.at(source, node, message, source.replaced(node, text))


def _names(source: Source, role: Role) -> set[str]:
    """Give the names that hold a digest, and nothing else in the function."""
    held: dict[str, list[bool]] = {}
    for node in role.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    held.setdefault(target.id, []).append(_is_digest(source, node.value))
    return {name for name, kinds in held.items() if all(kinds)}


def _is_digest(source: Source, node: ast.expr) -> bool:
    """Whether this is `hmac.new(...).hexdigest()`, or the same in one call."""
    if not isinstance(node, ast.Call):
        return False
    if source.dotted(node.func) == "hmac.digest":
        return True
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in _DIGESTS
    inner = node.func.value if is_method and isinstance(node.func, ast.Attribute) else None
    return isinstance(inner, ast.Call) and source.dotted(inner.func) in ("hmac.new", "hmac.HMAC")
