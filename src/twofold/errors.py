"""The error contract: one tree, one wire shape, nothing of the web.

    Exception
    ├─ ConfigurationError          misuse, raised at import or start with the remedy
    ├─ StoreUnavailable            a backend (cache, idempotency, limits) cannot answer
    └─ ContractError               what a caller is told; subclass it for the app's own codes
       ├─ BadRequest 400           ├─ AuthRequired 401        ├─ Forbidden 403
       ├─ UriTooLong 414
       ├─ MethodNotAllowed 405     ├─ Conflict 409            ├─ Stale 410
       ├─ TooLarge 413             ├─ UnsupportedMediaType 415
       ├─ ValidationFailed 422     ├─ RateLimited 429
       ├─ Internal 500             ├─ NotImplementedHere 501  └─ Unavailable 503
    BaseException                  control flow: `except Exception` never swallows it
    ├─ Failure                     what ContractError and NotFound share
    │  └─ NotFound 404
    └─ Redirect

Services may raise these: this module imports nothing of Twofold and nothing of HTTP.
"""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Messages by full input path (`address.zip`, `items.2.qty`); the empty path is the whole input."""

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})


class ConfigurationError(Exception):
    """Report misuse of the framework, with the remedy in the message."""


class StoreUnavailable(Exception):
    """Report a backend that cannot answer: `except Exception` sees it, callers get UNAVAILABLE."""


def _checked_code(cls: type, code: str) -> str:
    if not code.replace("_", "").isalnum() or code != code.upper() or not code.isascii():
        raise ConfigurationError(f'{cls.__name__}: code={code!r} is not in capitals; write it like "OUT_OF_STOCK"')
    return code


def _checked_status(cls: type, status: int) -> int:
    if not 400 <= status <= 599:
        raise ConfigurationError(f"{cls.__name__}: status={status} is not an error status; use 400 to 599")
    return status


def _own_annotations(cls: type) -> tuple[str, ...]:
    return tuple(name for name, hint in inspect.get_annotations(cls).items() if "ClassVar" not in str(hint))


class Failure(BaseException):
    """What a failed call tells its caller; the shared base of `ContractError` and `NotFound`.

    Annotated attributes of a subclass are its typed data: keyword arguments of the constructor and the
    `data` member on the wire.

        class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
            available: int

        raise OutOfStock("Only 3 left", available=3)

    Args:
        message: what the user reads; the class's own message when left out.
        fields: messages by full input path.
        details: for developers; sent in development only.
        retry_after: seconds until a retry makes sense.
        data: one value for each annotated attribute of the class.
    """

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500
    default_message: ClassVar[str] = "Something went wrong"
    data_names: ClassVar[tuple[str, ...]] = ()

    message: str
    fields: Fields | None
    details: str | None
    retry_after: int | None
    digest: str | None

    def __init_subclass__(
        cls, *, code: str | None = None, status: int | None = None, message: str | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if code is not None:
            cls.code = _checked_code(cls, code)
        if status is not None:
            cls.status = _checked_status(cls, status)
        if message is not None:
            cls.default_message = message
        if cls.__module__ != __name__:
            cls.data_names = (*cls.data_names, *_own_annotations(cls))

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        fields: Fields | None = None,
        details: str | None = None,
        retry_after: int | None = None,
        **data: Any,
    ) -> None:
        self.message = self.default_message if message is None else message
        self.fields = fields
        self.details = details
        self.retry_after = retry_after
        self.digest = None
        if data.keys() != set(self.data_names):
            expected = ", ".join(self.data_names) or "no data"
            raise TypeError(f"{type(self).__name__} takes {expected}; got {', '.join(sorted(data)) or 'none'}")
        for name, value in data.items():
            setattr(self, name, value)
        super().__init__(self.message)

    @property
    def data(self) -> dict[str, Any]:
        """The typed data of this error, by name."""
        return {name: getattr(self, name) for name in self.data_names}

    def __str__(self) -> str:
        return self.message


class ContractError(Failure, Exception, code="CONFLICT", status=409, message="The request conflicts with the current state"):
    """Base of every error that a caller is told about. Subclass it with `code=` and `status=`."""


class BadRequest(ContractError, code="BAD_REQUEST", status=400, message="The request is malformed"):
    """The request is not one that HTTP or this site gives a meaning."""


class UriTooLong(ContractError, code="URI_TOO_LONG", status=414, message="The URL is too long"):
    """The path is longer, or deeper, than any route."""


class ValidationFailed(ContractError, code="VALIDATION", status=422, message="Some fields are not valid"):
    """Input does not fit the declared types; `fields` holds every failure."""


class AuthRequired(ContractError, code="AUTH", status=401, message="Sign in to continue"):
    """The caller is not known."""


class Forbidden(ContractError, code="FORBIDDEN", status=403, message="This is not allowed"):
    """The caller is known, or irrelevant, and refused."""


class MethodNotAllowed(ContractError, code="METHOD_NOT_ALLOWED", status=405, message="This method is not allowed here"):
    """The resource exists and does not take this method."""


class Conflict(ContractError, code="CONFLICT", status=409, message="The request conflicts with the current state"):
    """The current state does not allow the effect."""


class Stale(
    ContractError, code="STALE", status=410, message="This page is older than the site. Check your input and send it again"
):
    """The page is older than the server; its input is kept for another try."""


class TooLarge(ContractError, code="TOO_LARGE", status=413, message="The request is too large"):
    """The body, or a part of it, exceeds its limit."""


class UnsupportedMediaType(
    ContractError, code="UNSUPPORTED_MEDIA_TYPE", status=415, message="This content type is not supported"
):
    """The body's media type is not one that this endpoint reads."""


class RateLimited(ContractError, code="RATE_LIMITED", status=429, message="Too many requests. Try again later"):
    """The caller spent its allowance; `retry_after` says when to come back."""


class Internal(ContractError, code="INTERNAL", status=500, message="Something went wrong"):
    """An undeclared exception, masked; its `digest` is also in the log."""


class NotImplementedHere(ContractError, code="NOT_IMPLEMENTED", status=501, message="This method is not known here"):
    """No resource of this server knows the method."""


class Unavailable(ContractError, code="UNAVAILABLE", status=503, message="The service is not available. Try again later"):
    """A part that the call needs cannot answer."""


class NotFound(Failure, code="NOT_FOUND", status=404, message="Not found"):
    """There is no such thing. Control flow: `except Exception` does not swallow it."""


class Redirect(BaseException):
    """Send the caller elsewhere: return it, or raise it from deep inside. `except Exception` does not swallow it."""

    def __init__(self, url: str, status: int = 303) -> None:
        super().__init__(url)
        self.url = url
        self.status = status


def redirect(url: str, status: int = 303) -> Redirect:
    """Make a redirect to return from an action, a page or a route handler.

    Args:
        url: where to go; control characters are refused, because they would split the header.
        status: 303 (the default, a GET follows), 307 or 308 (method kept), 301 or 302.
    """
    if status not in REDIRECT_STATUSES:
        raise ConfigurationError(f"redirect() takes one of {sorted(REDIRECT_STATUSES)}, not {status}")
    if any(ord(character) < 0x20 or character == "\x7f" for character in url):
        raise ConfigurationError(f"redirect() takes a URL without control characters, not {url!r}")
    return Redirect(url, status)


BY_CODE: Mapping[str, type[ContractError | NotFound]] = {
    kind.code: kind
    for kind in (
        BadRequest, UriTooLong, ValidationFailed, AuthRequired, Forbidden, NotFound, MethodNotAllowed, Conflict, Stale, TooLarge,
        UnsupportedMediaType, RateLimited, Internal, NotImplementedHere, Unavailable,
    )
}  # fmt: skip
"""The framework's own codes."""


def wire(error: Failure, *, reveal: bool = False) -> dict[str, Any]:
    """Give the one shape in which actions, route handlers and pages report an error.

    Args:
        reveal: whether `details` may leave the process (development only).
    """
    shape: dict[str, Any] = {"error": error.message, "code": error.code}
    if reveal and error.details is not None:
        shape["details"] = error.details
    if error.fields:
        shape["fields"] = {path: list(messages) for path, messages in error.fields.items()}
    if error.data_names:
        shape["data"] = error.data
    if error.digest is not None:
        shape["digest"] = error.digest
    if error.retry_after is not None:
        shape["retryAfter"] = error.retry_after
    return shape


def problem(error: Failure, *, reveal: bool = False) -> dict[str, Any]:
    """Give the same report as problem details.

    Source: RFC 9457 section 3; the contract's members travel as extension members.
    """
    shape = wire(error, reveal=reveal)
    title = shape.pop("error")
    details = shape.pop("details", None)
    shape = {"type": "about:blank", "title": title, "status": error.status, **shape}
    if details is not None:
        shape["detail"] = details
    return shape


def described(error: BaseException) -> str:
    """Give an exception's type and text, even where its `__str__` fails."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - the text of a foreign exception may raise anything
        return type(error).__name__


def masked(error: BaseException) -> Internal:
    """Give the error that stands in for an undeclared exception: no text of it, and a digest to find it by.

    The caller logs the original under `digest`.
    """
    internal = Internal(details=described(error))
    internal.digest = secrets.token_hex(8)
    return internal
