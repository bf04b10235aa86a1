"""What operations are called: ids, tags, and the prose of docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

_PARAMETER = re.compile(r"\{([^}]*)\}")
_SECTION = re.compile(r"^(Args|Arguments|Attributes|Returns|Yields|Raises|Source|Example|Examples):", re.MULTILINE)
_PREFIXES = re.compile(r"api|rest|v[0-9]+")


def operation_id(method: str, template: str) -> str:
    """Name an operation by what callers see, so that no refactoring renames it: `get_api_stock_by_sku`."""
    words = [_word(part) for part in template.split("/") if part]
    return "_".join([method.lower(), *(words or ["root"])])


def _word(part: str) -> str:
    parameter = _PARAMETER.fullmatch(part)
    text = f"by_{parameter[1]}" if parameter else unquote(part)
    return re.sub(r"\W+", "_", text).strip("_")


def tag_of(template: str) -> str:
    """Give the group of a route: its first folder that is neither a parameter nor one of `api`, `rest` and `v1`."""
    texts = [unquote(part) for part in template.split("/") if part and not _PARAMETER.fullmatch(part)]
    return next((text for text in texts if not _PREFIXES.fullmatch(text)), texts[-1] if texts else "root")


def prose_of(function: Callable[..., Any]) -> tuple[str, str]:
    """Give summary and description from a docstring: its first sentence, and the rest up to the first section.

    Without one, the function's name is the summary, unless it is a method's.
    """
    text = _SECTION.split(inspect.getdoc(inspect.unwrap(function)) or "", maxsplit=1)[0].strip()
    first, _, rest = text.partition("\n\n")
    sentence, stop, more = (" ".join(first.split()) or _name_of(function)).partition(". ")
    return sentence.removesuffix("."), "\n\n".join(filter(None, [more if stop else "", rest.strip()]))


def _name_of(function: Callable[..., Any]) -> str:
    name: str = getattr(inspect.unwrap(function), "__name__", "")
    return "" if name.isupper() else name.strip("_").replace("_", " ").capitalize()
