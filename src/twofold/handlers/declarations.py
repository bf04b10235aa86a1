"""What a route handler declares about its callers: decorators that stack on the function and change nothing in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from twofold.errors import ConfigurationError
from twofold.middleware import Middleware, check_middleware
from twofold.webhooks import Verifier

F = TypeVar("F", bound=Callable[..., Any])
_ATTRIBUTE = "__twofold_declarations__"


@dataclass(slots=True)
class Declarations:
    """What the decorators on one route handler said."""

    verifier: Verifier | None = None
    is_same_origin: bool = False
    middleware: list[Middleware] = field(default_factory=list)


def declarations_of(function: Callable[..., Any]) -> Declarations:
    """Give what was declared on a function, so far."""
    found = getattr(function, _ATTRIBUTE, None)
    if not isinstance(found, Declarations):
        found = Declarations()
        try:
            setattr(function, _ATTRIBUTE, found)
        except AttributeError as error:
            raise ConfigurationError(f"{function!r} cannot be decorated; declare on the handler function itself") from error
    return found


def verify(verifier: Verifier) -> Callable[[F], F]:
    """Run the handler only where the signature over the raw body holds: 401 without one, 403 with a wrong one.

    Nothing of the body is parsed before.
    """
    if isinstance(verifier, type) or not callable(getattr(verifier, "verify", None)):
        raise ConfigurationError(f"@verify takes a verifier, such as HmacSha256(header=..., secret=...), not {verifier!r}")

    def declare(function: F) -> F:
        declared = declarations_of(function)
        if declared.verifier is not None:
            raise ConfigurationError(f"{function.__qualname__}: @verify stands twice; pass a list of secrets to rotate them")
        declared.verifier = verifier
        return function

    return declare


def same_origin(function: F) -> F:
    """Run the handler only for pages of this site (and of `allowed_origins`): for cookies and forms."""
    declarations_of(function).is_same_origin = True
    return function


def use(*middleware: Middleware) -> Callable[[F], F]:
    """Put middleware around one route handler, outermost first, inside that of its folders."""

    def declare(function: F) -> F:
        for one in middleware:
            check_middleware(one, f"@use on {function.__qualname__}")
        # Decorators run from the bottom up: the one written on top ends up outermost.
        declarations_of(function).middleware[:0] = middleware
        return function

    return declare
