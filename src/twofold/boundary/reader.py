"""Read values by one core schema, and report every failure at a bounded cost.

A list of a hundred thousand empty objects fits into a body, and costs millions of failures to report in full. So a
large input is first read by a validator that stops at the first wrong item of each list. What it finds is the
report, unless the input is small enough for all failures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import jiter
from pydantic_core import CoreSchema, ValidationError

from twofold.boundary import compile as compiling
from twofold.boundary.messages import failed
from twofold.boundary.places import Place
from twofold.boundary.trees import tree_validator

NO_ROWS: Mapping[Place, Sequence[int]] = MappingProxyType({})

MAX_FAILURES = 50_000
"""How many failures one input may cost to find: about a tenth of a second."""


class Reader:
    """The validators of one core schema.

    Args:
        schema: as Pydantic built it; the boundary's rules are written into a copy.

    Attributes:
        exact: reads a Python value that the server made itself; a `pydantic_core.ValidationError` is no caller's fault.
    """

    __slots__ = ("_enums", "_hasty", "_of_tree", "_validator", "_widest", "exact")

    def __init__(self, schema: CoreSchema) -> None:
        self._validator = compiling.validator(compiling.strict(schema))
        self.exact = partial(self._validator.validate_python, strict=True, by_alias=True, by_name=True)
        has_lists = compiling.has_lists(schema)
        self._hasty = compiling.validator(compiling.strict(schema, is_hasty=True)) if has_lists else self._validator
        self._enums = compiling.enum_options(schema)
        self._widest = compiling.widest(schema)
        of_tree = tree_validator(schema)
        self._of_tree = None if of_tree is None else of_tree.validate_python

    def from_json(self, raw: bytes, tree: Any, rows: Mapping[Place, Sequence[int]] = NO_ROWS) -> Any:
        """Read JSON text that was already found to be strict JSON.

        Args:
            tree: the same input, decoded.
            rows: a form's own numbers of its lists.

        Raises:
            ValidationFailed: with every failure; of an oversized list, the first.
        """
        try:
            if len(raw) * self._widest > MAX_FAILURES:
                return self._from_large_json(raw)
            if self._of_tree is not None:
                try:
                    return self._of_tree(tree)
                except ValidationError:
                    pass  # the text tells what is wrong with it
            return self._validator.validate_json(raw, strict=True)
        except ValidationError as error:
            raise failed(error, tree, enums=self._enums, rows=rows) from None

    def from_own_json(self, raw: bytes) -> Any:
        """Read JSON text that was written from a value of this schema."""
        try:
            return self._validator.validate_json(raw, strict=True)
        except ValidationError as error:
            raise failed(error, jiter.from_json(raw), enums=self._enums) from None

    def from_python(self, value: Any) -> Any:
        """Read a Python value: instances of the declared types.

        Raises:
            ValidationFailed: with every failure.
        """
        try:
            return self.exact(value)
        except ValidationError as error:
            raise failed(error, value, enums=self._enums) from None

    def _from_large_json(self, raw: bytes) -> Any:
        try:
            return self._hasty.validate_json(raw, strict=True)
        except ValidationError:
            nodes = raw.count(b",") + raw.count(b"{") + raw.count(b"[") + 1
            if nodes * self._widest > MAX_FAILURES:
                raise
        return self._validator.validate_json(raw, strict=True)
