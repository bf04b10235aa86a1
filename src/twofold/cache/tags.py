"""Tags, and the templates that make them from a cached function's arguments.

    "stock"                 one tag
    "stock:{sku}"           one tag for each value of the parameter `sku`

A value is inserted as `str()` gives it, an enum as its value, nothing escaped: the tag that `f"stock:{sku}"` spells in an
action is the tag that the template spells here. Two different values may therefore spell one tag (`"{a}:{b}"` from
`"1:2", "3"` and from `"1", "2:3"`). That is safe: a tag decides only how often a value is computed, never which value
a caller gets, so that a shared tag costs a computation, where an escaped one that an f-string misses would cost freshness.
"""

from __future__ import annotations

import string
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from twofold.errors import ConfigurationError, ValidationFailed

MAX_TAG_CHARACTERS = 256
MAX_TAGS = 128

_FORMATTER = string.Formatter()
_UNIONS = (typing.Union, types.UnionType)


@dataclass(frozen=True, slots=True)
class TagTemplate:
    """A tag with parameters in it.

    Attributes:
        text: as it was written.
        pieces: literal text and the parameter that follows it, if one does.
    """

    text: str
    pieces: tuple[tuple[str, str | None], ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters it names."""
        return tuple(name for _, name in self.pieces if name is not None)

    def render(self, arguments: Mapping[str, Any]) -> str:
        """Give the tag for validated arguments.

        Raises:
            ValidationFailed: the values make it longer than a tag may be, or empty.
        """
        tag = "".join([literal if name is None else literal + _text_of(arguments[name]) for literal, name in self.pieces])
        if 0 < len(tag) <= MAX_TAG_CHARACTERS:
            return tag
        message = f"Makes the cache tag {self.text} {'too long' if tag else 'empty'}"
        raise ValidationFailed(fields={name: [message] for name in self.parameters})


def compile_tags(tags: str | Sequence[str], annotations: Mapping[str, Any], where: str) -> tuple[TagTemplate, ...]:
    """Check tag templates against the parameters of a function.

    Args:
        annotations: by parameter name.
        where: for the message: file, line and function.

    Raises:
        ConfigurationError: for a tag that could never be spelled, or not alike everywhere.
    """
    texts = dict.fromkeys([tags] if isinstance(tags, str) else tags)
    if len(texts) > MAX_TAGS:
        raise ConfigurationError(f"{where}: {len(texts)} tags; at most {MAX_TAGS} are allowed: use a coarser one")
    return tuple(_compile(text, annotations, where) for text in texts)


def check_tag(tag: object, where: str) -> None:
    """Refuse what is not a tag.

    Raises:
        ConfigurationError: with `where`, the call or declaration that it was given to.
    """
    if not isinstance(tag, str) or not 0 < len(tag) <= MAX_TAG_CHARACTERS:
        raise ConfigurationError(f"{where}: a tag is a text of 1 to {MAX_TAG_CHARACTERS} characters, not {tag!r}")
    try:
        tag.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"{where}: the tag {tag!r} is not valid Unicode: {error.reason}") from error


def _compile(text: str, annotations: Mapping[str, Any], where: str) -> TagTemplate:
    where = f"{where}: tag {text!r}"
    check_tag(text, where)
    try:
        parsed = list(_FORMATTER.parse(text))
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}; write a literal brace twice") from error
    for _, name, spec, conversion in parsed:
        if name is not None:
            _check_field(name, spec or conversion, annotations, where)
    return TagTemplate(text, tuple((literal, name) for literal, name, _, _ in parsed))


def _check_field(name: str, decoration: str | None, annotations: Mapping[str, Any], where: str) -> None:
    if decoration or not name.isidentifier():
        raise ConfigurationError(
            f"{where}: only a parameter's plain name may stand in braces: {{sku}}, not {{sku.x}}, {{sku!r}} or {{sku:>9}}"
        )
    if name not in annotations:
        known = ", ".join(annotations) or "none"
        raise ConfigurationError(f"{where}: there is no parameter {name!r}; the parameters are: {known}")
    if not _is_taggable(annotations[name]):
        raise ConfigurationError(
            f"{where}: values of the parameter {name!r} have no single spelling; use a parameter of type "
            "str, int, bool, UUID, date, or an enum or Literal of these"
        )


def _is_taggable(annotation: Any) -> bool:
    """Whether all equal values of a type have the same text: not so for 1.0 and 1, Decimal("1.0") and Decimal("1.00")."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _is_taggable(typing.get_args(annotation)[0])
    if origin in _UNIONS:
        return all(map(_is_taggable, typing.get_args(annotation)))
    if origin is typing.Literal:
        return all(_is_taggable_class(type(value)) for value in typing.get_args(annotation))
    for alias in ("__supertype__", "__value__"):  # NewType, TypeAliasType
        if hasattr(annotation, alias):
            return _is_taggable(getattr(annotation, alias))
    return isinstance(annotation, type) and _is_taggable_class(annotation)


def _is_taggable_class(kind: type) -> bool:
    if issubclass(kind, Enum):
        return all(_is_taggable_class(type(member.value)) for member in kind)
    return issubclass(kind, (str, int, UUID, date)) and not issubclass(kind, datetime)


def _text_of(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
