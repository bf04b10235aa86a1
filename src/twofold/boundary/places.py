"""Find where in the input a failure is: Pydantic's locations also hold labels that the input does not have."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Place: TypeAlias = tuple[str | int, ...]

_LONGEST_NAME = 100
_MISSING: Any = object()
_UNKNOWN: Any = object()  # inside something that cannot be followed, such as a set


def place_of(detail: ErrorDetails, tree: Any) -> Place:
    """Give the place of a failure in the input, without the labels that unions and keys add.

    A part belongs to the input if it can be followed there; a name that is missing can only be the last part.

    Args:
        tree: the input: decoded JSON, or Python values.
    """
    place: list[str | int] = []
    here = tree
    for part in detail["loc"]:
        name, value = _step(here, part)
        if value is not _MISSING:
            place.append(name)
            here = value
    if detail["type"] == "missing" and detail["loc"]:
        place.append(_wire_name(here, detail["loc"][-1]))
    return (*place, *_tag_of(detail))


def spelled(place: Place, rows: Mapping[Place, Sequence[int]] = MappingProxyType({})) -> str:
    """Spell a place as a path: `items.2.qty`.

    Args:
        rows: for lists that a form numbered with gaps: the form's own numbers, by the list's place.
    """
    parts: list[str] = []
    for position, part in enumerate(place):
        numbers = rows.get(place[:position], ())
        is_renumbered = isinstance(part, int) and part < len(numbers)
        parts.append(str(numbers[int(part)] if is_renumbered else part)[:_LONGEST_NAME])
    return ".".join(parts)


def _tag_of(detail: ErrorDetails) -> Place:
    """Give the member that should have named the alternative: the fault is there, not in the whole object."""
    discriminator = str(detail.get("ctx", {}).get("discriminator", ""))
    is_member = detail["type"].startswith("union_tag_") and discriminator[:1] == discriminator[-1:] == "'"
    return (discriminator.strip("'"),) if is_member else ()


def _step(here: Any, part: str | int) -> tuple[str | int, Any]:
    """Follow one part of a location into the input, or say that it is not there."""
    if here is _UNKNOWN or isinstance(here, (set, frozenset)):
        return part, _UNKNOWN
    if isinstance(here, Mapping):
        return part, _value(here, part)
    if isinstance(part, str):
        return _step_into_instance(here, part)
    is_inside = isinstance(here, (Sequence, deque)) and not isinstance(here, str) and 0 <= part < len(here)
    return part, here[part] if is_inside else _MISSING


def _value(mapping: Mapping[Any, Any], part: str | int) -> Any:
    if part in mapping:
        return mapping[part]
    # Python mappings may have keys that are not text; Pydantic spells them.
    return next((value for key, value in mapping.items() if not isinstance(key, str) and str(key) == part), _MISSING)


def _step_into_instance(here: Any, part: str) -> tuple[str | int, Any]:
    if isinstance(here, tuple):
        names: tuple[str, ...] = getattr(here, "_fields", ())
        return (names.index(part), here[names.index(part)]) if part in names else (part, _MISSING)
    if isinstance(here, BaseModel):
        attribute = next((name for name in type(here).model_fields if part in (name, _wire_name(here, name))), part)
        return _wire_name(here, attribute), vars(here).get(attribute, _MISSING)
    if hasattr(type(here), "__dataclass_fields__"):
        return part, getattr(here, part, _MISSING)
    return part, _MISSING


def _wire_name(here: Any, name: str | int) -> str | int:
    """Give the name that JSON has for a field of a model's instance."""
    info = type(here).model_fields.get(str(name)) if isinstance(here, BaseModel) else None
    alias = info.validation_alias if info is not None else None
    return alias if isinstance(alias, str) else name
