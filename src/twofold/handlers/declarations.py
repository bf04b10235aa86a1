"""What a route handler declares about its callers: decorators that stack on the function and change nothing in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from twofold.errors import ConfigurationError
from twofold.handlers.cors import Cors
from twofold.handlers.idempotent import Idempotent
from twofold.idempotency.once import DAY_SECONDS
from twofold.limiting import limits_of
from twofold.middleware import Middleware, check_middleware
from twofold.webhooks import Verifier

F = TypeVar("F", bound=Callable[..., Any])
_ATTRIBUTE = "__twofold_declarations__"


@dataclass(slots=True)
class Declarations:
    """What the decorators on one route handler said."""

    cors: Cors | None = None
    verifier: Verifier | None = None
    is_same_origin: bool = False
    idempotent: Idempotent | None = None
    middleware: list[Middleware] = field(default_factory=list)

    @property
    def is_unguarded(self) -> bool:
        """Whether nothing is asked of a request before its input is read."""
        return self.cors is None and self.verifier is None and not self.is_same_origin


def declarations_of(function: Callable[..., Any]) -> Declarations:
    """Give what was declared on a function, so far."""
    found = getattr(function, _ATTRIBUTE, None)
    if not isinstance(found, Declarations):
        found = Declarations()
        if not inspect.isfunction(function):
            raise ConfigurationError(f"{function!r} cannot be decorated; declare on the handler function itself")
        setattr(function, _ATTRIBUTE, found)
    return found


def check_undeclared(function: Callable[..., Any], what: str, place: str) -> None:
    """Refuse what is declared on a function that is no route handler, where it would do nothing.

    Args:
        what: the function is, such as "page".

    Raises:
        ConfigurationError: something is.
    """
    if getattr(function, _ATTRIBUTE, Declarations()) != Declarations() or limits_of(function):
        raise ConfigurationError(f"{place}: what is declared on this {what} is for route handlers; use middleware instead")


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
    declared = declarations_of(function)
    declared.is_same_origin = True
    _check_doors(function, declared)
    return function


def cors(
    *,
    origins: Sequence[str],
    credentials: bool = False,
    headers: Sequence[str] = (),
    expose: Sequence[str] = (),
    max_age_seconds: int = 600,
    private_network: bool = False,
) -> Callable[[F], F]:
    """Let scripts of other sites call the handler and read its answers.

        @cors(origins=["https://shop.example", "https://*.partner.example"], headers=["Authorization"])
        async def GET(sku: str) -> Level: ...

    Args:
        origins: the sites; `*` in a name is exactly one label. `"*"` instead of a list is every site.
        credentials: whether browsers send cookies along. Such a site acts for the visitor: list only your own.
        headers: of requests, beyond Accept, Accept-Language, Content-Language and Content-Type.
        expose: headers of the answers that scripts may read.
        max_age_seconds: how long a browser need not ask again.
        private_network: whether pages of the internet may call a server of a private network.

    Raises:
        ConfigurationError: credentials for every site, names that are none, or no site at all.
    """
    policy = Cors.declared(
        origins,
        credentials=credentials,
        headers=headers,
        expose=expose,
        max_age_seconds=max_age_seconds,
        private_network=private_network,
    )

    def declare(function: F) -> F:
        declared = declarations_of(function)
        if declared.cors is not None:
            raise ConfigurationError(f"{function.__qualname__}: @cors stands twice; write one list of origins")
        declared.cors = policy
        _check_doors(function, declared)
        return function

    return declare


def _check_doors(function: Callable[..., Any], declared: Declarations) -> None:
    if declared.cors is not None and declared.is_same_origin:
        raise ConfigurationError(
            f"{function.__qualname__}: @cors opens what @same_origin closes; keep one of them. For requests with cookies, "
            "@cors(credentials=True) lets in the listed sites and this one"
        )


@overload
def idempotent(function: F, /) -> F: ...


@overload
def idempotent(*, required: bool = False, ttl_seconds: float = DAY_SECONDS) -> Callable[[F], F]: ...


def idempotent(function: Any = None, /, *, required: bool = False, ttl_seconds: float = DAY_SECONDS) -> Any:
    """Run the handler at most once for each `Idempotency-Key` of a caller, and give its answer to every retry.

    The key belongs to who sends it: to the principal that a guard has found, or to the session; without either, to everyone
    who knows it, so such keys must be unguessable. Source: draft-ietf-httpapi-idempotency-key-header.

    Args:
        required: whether a request without a key is refused.
        ttl_seconds: how long the answer is kept.
    """
    kept = Idempotent(required, ttl_seconds)

    def declare(function: F) -> F:
        declarations_of(function).idempotent = kept
        return function

    return declare if function is None else declare(function)


def use(*middleware: Middleware) -> Callable[[F], F]:
    """Put middleware around one route handler, outermost first, inside that of its folders."""

    def declare(function: F) -> F:
        for one in middleware:
            check_middleware(one, f"@use on {function.__qualname__}")
        # Decorators run from the bottom up: the one written on top ends up outermost.
        declarations_of(function).middleware[:0] = middleware
        return function

    return declare
