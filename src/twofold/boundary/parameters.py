"""Read the parameters of a function, and refuse those that named arguments cannot fill."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from twofold.boundary.coercion import FRAMEWORK_PREFIX
from twofold.boundary.where import Where

REQUIRED: Any = inspect.Parameter.empty

_MUTABLE = (list, dict, set, bytearray)
_KINDS = {
    inspect.Parameter.VAR_POSITIONAL: ("takes any number of arguments", "Take a list instead"),
    inspect.Parameter.VAR_KEYWORD: ("takes any names", "Name the parameters, or take one dict[str, ...]"),
    inspect.Parameter.POSITIONAL_ONLY: ("is positional-only, and callers name their arguments", "Remove the `/`"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a boundary.

    Attributes:
        annotation: the type, resolved (no string).
        default: the value when the caller says nothing; `REQUIRED` without one.
        is_keyword_only: whether Python callers must name it.
    """

    annotation: Any
    default: Any = REQUIRED
    is_keyword_only: bool = False

    @property
    def is_required(self) -> bool:
        """Whether a caller must say it."""
        return self.default is REQUIRED


def parameters_of(
    function: Callable[..., Any], skip: Collection[str], names: Mapping[str, Any], where: Where
) -> dict[str, Parameter]:
    """Read the parameters of a function, without those in `skip`.

    Args:
        names: where to find names that the function's module does not have, such as the caller's locals.
    """
    hints = _hints(function, names, where)
    found: dict[str, Parameter] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip:
            continue
        if parameter.kind in _KINDS:
            what, remedy = _KINDS[parameter.kind]
            raise where.at(name).refuse(f"The parameter {what}", remedy)
        is_keyword_only = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        found[name] = Parameter(hints.get(name, parameter.annotation), parameter.default, is_keyword_only)
    return found


def result_of(function: Callable[..., Any], names: Mapping[str, Any] = {}) -> Any:
    """Give the resolved return annotation of a function (`REQUIRED` where there is none)."""
    return _hints(function, names, Where.of(function)).get("return", REQUIRED)


def _hints(function: Callable[..., Any], names: Mapping[str, Any], where: Where) -> dict[str, Any]:
    try:
        return get_type_hints(function, localns=dict(names) or None, include_extras=True)
    except NameError as error:
        remedy = "Import it at module level, outside `if TYPE_CHECKING`"
        here = where.at(_unresolved(function, str(error.name)))
        raise here.refuse(f"The name {error.name!r} cannot be resolved", remedy) from None
    except (TypeError, SyntaxError) as error:
        raise where.refuse(f"The annotations cannot be read: {error}", "Correct them") from None


def _unresolved(function: Callable[..., Any], name: str) -> str:
    """Give the parameter whose annotation holds an unknown name."""
    hints = inspect.get_annotations(function)
    return next((parameter for parameter, hint in hints.items() if isinstance(hint, str) and name in hint), "")


def check_declaration(name: str, parameter: Parameter, where: Where) -> None:
    """Refuse a parameter by its name, alias or default; its type is judged elsewhere."""
    if name.startswith(FRAMEWORK_PREFIX):
        raise where.refuse(f"Names that start with `{FRAMEWORK_PREFIX}` belong to the framework", "Rename the parameter")
    if isinstance(parameter.default, _MUTABLE):
        what = f"The default {type(parameter.default).__name__} is shared by all calls"
        raise where.refuse(what, "Use a tuple, or None and make a new one inside")
    if get_origin(parameter.annotation) is Annotated:
        for mark in get_args(parameter.annotation)[1:]:
            if getattr(mark, "alias", None) or getattr(mark, "validation_alias", None):
                raise where.refuse("The parameter has an alias", "Rename the parameter: its name is its name on the wire")
