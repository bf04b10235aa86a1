"""Where the value for some arguments is kept."""

from __future__ import annotations

import hashlib
import inspect
import json
import secrets
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

FORMAT = "1"
"""Changes when stored values would be read wrongly."""


class Keys:
    """The keys of one cached function: SHA-256 of its name, its code, its types, its tags and the arguments as canonical JSON.

    Code, types and tags are part of it, so that a new build never reads a value that an older one wrote under other rules.

    Args:
        parts: whatever tells this function, its code and its types from all others.
    """

    def __init__(self, *parts: str) -> None:
        self._prefix = hashlib.sha256(canonical([FORMAT, *parts]))

    def key(self, arguments: bytes) -> bytes:
        """Give the key for arguments in canonical JSON."""
        # The prefix is one closed JSON array, so that no arguments can continue it.
        digest = self._prefix.copy()
        digest.update(arguments)
        return digest.digest()


def canonical(tree: Mapping[str, Any] | list[Any]) -> bytes:
    """Give decoded JSON as text, the same for equal values: names sorted, no spaces."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def code_version(function: Callable[..., Any]) -> str:
    """Give a name for what a function does, as far as its own code says it.

    Functions that close over variables are all different: what they closed over has no name, and two of them made by one
    factory share everything else.
    """
    plain = inspect.unwrap(function)
    if getattr(plain, "__closure__", None):
        return secrets.token_hex(16)
    code = getattr(plain, "__code__", None)
    return "" if code is None else hashlib.sha256(_spelled(code).encode()).hexdigest()


def _spelled(constant: object) -> str:
    """Spell code and its constants alike in every process: no addresses, no order of hashes."""
    if isinstance(constant, CodeType):
        return f"({constant.co_code.hex()} {constant.co_names} {_spelled(constant.co_consts)})"
    if isinstance(constant, tuple):
        return f"({','.join(map(_spelled, constant))})"
    if isinstance(constant, frozenset):
        return f"{{{','.join(sorted(map(_spelled, constant)))}}}"
    return repr(constant)
