"""One declared type, compiled: validation from every door, serialization, JSON Schema, hash."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any, Generic, TypeVar, cast

import jiter
from pydantic.json_schema import JsonSchemaMode
from pydantic_core import PydanticSerializationError, ValidationError

from twofold.boundary import compile as compiling
from twofold.boundary.annotations import check
from twofold.boundary.coercion import tree as tree_of_form
from twofold.boundary.forms import FormInput
from twofold.boundary.reader import Reader
from twofold.boundary.strict_json import dumps, screen
from twofold.boundary.where import NOWHERE, Where
from twofold.errors import ValidationFailed

T = TypeVar("T")


class Shape(Generic[T]):
    """A declared type as a boundary.

    Args:
        annotation: the type, checked against the misuse table.
        where: the place in the app's source that a refusal names.
    """

    __slots__ = ("_exact", "_reader", "_schema", "_write", "annotation", "schema_hash", "where")

    def __init__(self, annotation: Any, where: Where = NOWHERE) -> None:
        check(annotation, where)
        self.annotation = annotation
        self.where = where
        self._schema = compiling.core_schema_of(annotation)
        self._reader = Reader(self._schema)
        self._exact = self._reader.exact
        self._write = partial(compiling.serializer(self._schema).to_json, by_alias=True)
        self.schema_hash = schema_hash(self.json_schema())

    def validate_json(self, raw: bytes) -> T:
        """Read a value from JSON text.

        Raises:
            ValidationFailed: with every failure.
        """
        return cast(T, self._reader.from_json(raw, screen(raw)))

    def read_back(self, raw: bytes) -> T:
        """Read a value from JSON text that `to_json` wrote, which has one meaning and no surprises.

        Raises:
            ValidationFailed: the type has changed since.
        """
        return cast(T, self._reader.from_own_json(raw))

    def validate_tree(self, tree: Any) -> T:
        """Read a value from decoded JSON, by the rules of JSON text."""
        return self.validate_json(dumps(tree))

    def validate_form(self, form: FormInput) -> T:
        """Read an object from a form by the coercion table and the rules of JSON; files are left aside.

        Raises:
            ValidationFailed: with every failure, under the form's own names.
        """
        coerced = tree_of_form(form.pairs, self.json_schema())
        try:
            value = self._reader.from_json(dumps(coerced.tree), coerced.tree, coerced.rows)
        except ValidationFailed as error:
            raise ValidationFailed(fields={**(error.fields or {}), **coerced.problems}) from None
        if coerced.problems:
            raise ValidationFailed(fields=coerced.problems)
        return cast(T, value)

    def validate_python(self, value: Any) -> T:
        """Read a Python value: an instance of the declared type, nothing that only resembles it."""
        return cast(T, self._reader.from_python(value))

    def to_json(self, value: T) -> bytes:
        """Write a value as JSON text, by the declared type.

        Raises:
            TypeError: the value does not fit the type. The server's fault, so no contract error.
        """
        try:
            # What was read exactly fits the serializer: to be warned of misfits would cost as much as all the rest.
            return self._write(self._exact(value))
        except (ValidationError, PydanticSerializationError) as error:
            raise TypeError(f"{self.where}: the value does not fit its annotation: {error}") from error

    def to_tree(self, value: T) -> Any:
        """Give the decoded JSON of a value, by the declared type."""
        return jiter.from_json(self.to_json(value))

    def json_schema(self, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of what is read (`validation`) or written (`serialization`)."""
        return compiling.json_schema(self._schema, mode)


def schema_hash(schema: dict[str, Any]) -> str:
    """Give a short name for what a schema accepts: titles and descriptions do not count."""
    return hashlib.sha256(dumps(_bare(schema))).hexdigest()[:16]


def _bare(node: Any, *, is_names: bool = False) -> Any:
    """Drop the prose of a schema; under `properties` and `$defs` the keys are names, not keywords."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _bare(value, is_names=not is_names and name in ("properties", "$defs"))
        for name, value in sorted(node.items())
        if is_names or name not in ("title", "description", "examples")
    }
