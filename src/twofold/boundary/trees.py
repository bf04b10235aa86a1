"""Reading decoded JSON as it is, where that means the same as to read its text.

Pydantic has different rules for text and for Python values: a date is text in JSON, and in Python an instance of `date`.
But most input is made of texts, numbers, lists and objects, which mean the same in both. Strictness has decoded the text
already, so there the tree is validated, and nothing is parsed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator

from twofold.boundary import compile as compiling

_LEAVES = frozenset({"str", "int", "float", "bool"})
_ALIKE = _LEAVES | {
    "dataclass", "dataclass-args", "dataclass-field", "default", "definition-ref", "definitions", "dict", "list", "literal",
    "model", "model-field", "model-fields", "none", "nullable", "typed-dict", "typed-dict-field",
}  # fmt: skip


def tree_validator(schema: CoreSchema) -> SchemaValidator | None:
    """Give what validates decoded JSON by the rules of JSON text; None where only the text itself can be.

    It takes what `strict` takes, and gives up at the first wrong item of a list, because it is not asked what is wrong.

    Args:
        schema: as Pydantic built it.
    """
    # After the rewriting, which marks with a function what means something else in JSON.
    exact = compiling.strict(schema, is_hasty=True)
    if not all(map(_is_alike, compiling.nodes(exact))):
        return None
    # Only the leaves are strict: a strict class would want its instance.
    return compiling.validator(cast(CoreSchema, compiling.rewritten(exact, dict.fromkeys(_LEAVES, _strict))))


def _is_alike(node: Mapping[str, Any]) -> bool:
    kind = node.get("type")
    if not isinstance(kind, str):  # a map of fields
        return True
    if kind == "model" and (node.get("root_model") or node.get("custom_init")):
        return False
    return kind in _ALIKE


def _strict(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "strict": True}
