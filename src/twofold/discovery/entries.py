"""What each routing file must define. Every mistake has a message with the file and the remedy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeAlias

from twofold.errors import ConfigurationError
from twofold.routing.methods import METHODS

Function: TypeAlias = Callable[..., Any]

HANDLER_NAMES: Final = (*METHODS, "WEBSOCKET")
"""The names that a function in route.py answers under."""

# Methods of HTTP that no resource of this server implements (RFC 9110 sections 9.3.6 and 9.3.8).
_UNSUPPORTED = ("CONNECT", "TRACE")

_SIGNATURES = {
    "page": "async def page()",
    "layout": "def layout(children)",
    "middleware": "async def middleware(request, call_next)",
    "not_found": "def not_found()",
    "error": "def error(error)",
}


def source_of(function: Function, module: ModuleType | None = None) -> str:
    """Tell where a function is written, as "file:line"; for other callables the module's file."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    return file_of(module) if module is not None else repr(function)


def file_of(module: ModuleType) -> str:
    """The file a module was imported from."""
    return module.__file__ or module.__name__


def function_of(module: ModuleType, name: str) -> Function:
    """Give the function that a routing file is named after, with its signature checked.

    Raises:
        ConfigurationError: it is missing, not callable, or cannot be called as the framework does.
    """
    value: object = vars(module).get(name)
    if value is None:
        raise ConfigurationError(f"{file_of(module)}: there is no `{name}`; {_remedy_for_missing(module, name)}")
    if not callable(value) or inspect.isclass(value):
        raise ConfigurationError(f"{file_of(module)}: `{name}` is not a function; write `{_SIGNATURES[name]}`")
    if name == "layout":
        _refuse_layout_without_children(value, module)
    if name == "middleware":
        _refuse_middleware_without_next(value, module)
    return value


def handlers_of(module: ModuleType) -> Mapping[str, Function]:
    """Give the handlers of a route.py by method, sorted.

    Raises:
        ConfigurationError: there is none, one is not a function, or a name looks like a mistaken method.
    """
    for name, value in vars(module).items():
        fault = _fault_of_name(name) if _is_own_function(value, module) else None
        if fault is not None:
            raise ConfigurationError(f"{source_of(value, module)}: `{name}` {fault}")
    found = {name: vars(module)[name] for name in sorted(HANDLER_NAMES) if name in vars(module)}
    for name, value in found.items():
        if not callable(value) or inspect.isclass(value):
            raise ConfigurationError(f"{file_of(module)}: `{name}` is not a function; write `async def {name}(...)`")
    if not found:
        raise ConfigurationError(
            f"{file_of(module)}: there is no handler; name a function after its method, like `async def GET()`,"
            f" one of {', '.join(HANDLER_NAMES)}"
        )
    return MappingProxyType(found)


def signature_of(function: Function) -> inspect.Signature | None:
    """A callable's signature; None where Python knows none (some callables of C)."""
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def _fault_of_name(name: str) -> str | None:
    if name in HANDLER_NAMES or name.startswith("_"):
        return None
    if name.upper() in HANDLER_NAMES:
        return f"answers no method: method names are upper-case; did you mean `{name.upper()}`?"
    if name == "default":
        return "answers no method: a route.py has no default; name each function after its method, like `GET`"
    if name in _UNSUPPORTED:
        return f"answers no method: {name} is not supported; remove it"
    near = get_close_matches(name, HANDLER_NAMES, n=1, cutoff=0.75) if name.isupper() else []
    return f"answers no method; did you mean `{near[0]}`? Write any other function in lower case" if near else None


def _is_own_function(value: object, module: ModuleType) -> bool:
    # Imported names are left alone: `from sqlalchemy import delete` is no mistake.
    return callable(value) and inspect.isfunction(inspect.unwrap(value)) and value.__module__ == module.__name__


def _remedy_for_missing(module: ModuleType, name: str) -> str:
    own = {key.lower(): key for key, value in vars(module).items() if _is_own_function(value, module)}
    near = get_close_matches(name, own, n=1, cutoff=0.7)
    return f"rename `{own[near[0]]}` to `{name}`" if near else f"write `{_SIGNATURES[name]}`, or remove the file"


def _refuse_layout_without_children(function: Function, module: ModuleType) -> None:
    signature = signature_of(function)
    if signature is not None and "children" not in signature.parameters:
        raise ConfigurationError(
            f"{source_of(function, module)}: the layout has no parameter `children`, so the page would be lost;"
            f" write `{_SIGNATURES['layout']}`"
        )


def _refuse_middleware_without_next(function: Function, module: ModuleType) -> None:
    signature = signature_of(function)
    if signature is None:
        return
    try:
        signature.bind("request", "call_next")
    except TypeError as error:
        raise ConfigurationError(
            f"{source_of(function, module)}: the middleware cannot be called with a request and the next step ({error});"
            f" write `{_SIGNATURES['middleware']}`"
        ) from error
