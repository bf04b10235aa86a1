"""Tags as they stand in the source."""

from __future__ import annotations

import ast
import re

_FIELD = re.compile(r"\{[^{}]*\}")


def skeleton(node: ast.expr) -> str | None:
    """Give a tag with `{}` for what varies: of `"stock:{sku}"` and of `f"stock:{sku}"` it is `stock:{}`; None if unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _FIELD.sub("{}", node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "{}" for one in node.values]
        return "".join(map(str, parts))
    return None


def carries(known: str, tag: str) -> bool:
    """Whether a tag can be one of those that a template stands for."""
    if known == tag:
        return True
    pattern = "".join(".+" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", known))
    return re.fullmatch(pattern, tag) is not None
