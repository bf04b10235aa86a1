"""The error contract in a document: one shape, and the errors that the framework itself answers an operation with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from twofold.binding import Bound
from twofold.errors import (
    AuthRequired,
    BadRequest,
    Conflict,
    Failure,
    Forbidden,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
    UriTooLong,
    ValidationFailed,
    problem,
    wire,
)
from twofold.handlers import Handler
from twofold.idempotency.once import KeyReused
from twofold.media import JSON, PROBLEM
from twofold.openapi.inputs import TEXTS
from twofold.openapi.schemas import PREFIX, Json

Refusal: TypeAlias = type[Failure]

OTHER = "OtherError"
_RESPONSES = "#/components/responses/"
_OTHER_TEXT = "Any other error: it has the same shape"
_COMMON: Mapping[str, Json] = {
    "code": {"type": "string", "description": "What programs tell errors apart by, such as VALIDATION."},
    "fields": {
        "type": "object",
        "description": "Every message by the full path of the input; the empty path is the whole input.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
    "data": {"type": "object", "description": "What an error of the app knows beside its message."},
    "digest": {"type": "string", "description": "Names an unexpected failure in the server's log."},
    "retryAfter": {"type": "integer", "minimum": 0, "description": "Seconds until a retry makes sense."},
}
_ERROR: Json = {
    "type": "object",
    "description": "What every error says.",
    "properties": {
        "error": {"type": "string", "description": "A sentence for people."},
        **_COMMON,
        "details": {"type": "string", "description": "For developers; never in production."},
    },
    "required": ["error", "code"],
}
_PROBLEM: Json = {
    "type": "object",
    "description": "The same as problem details (RFC 9457), for clients that ask for them.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "A sentence for people."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        **_COMMON,
        "detail": {"type": "string", "description": "For developers; never in production."},
    },
    "required": ["type", "title", "status", "code"],
}
_SAMPLES: Mapping[Refusal, Mapping[str, Any]] = {
    ValidationFailed: {"fields": {"quantity": ["Must be at least 1"]}},
    RateLimited: {"retry_after": 30},
}
_HEADERS: Mapping[Refusal, Json] = {
    AuthRequired: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    RateLimited: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}},
}


def refusals_of(handler: Handler, inputs: Sequence[Bound], *, has_path: bool) -> list[Refusal]:
    """Give the errors that the framework answers an operation with before, or instead of, its function, by status."""
    found = dict.fromkeys(_refusals(handler, {one.source for one in inputs}, has_path=has_path))
    return sorted(found, key=lambda kind: kind.status)


def _refusals(handler: Handler, sources: set[str], *, has_path: bool) -> Iterator[Refusal]:
    if has_path:
        # Control characters; what does not fit the parameter's type; more than is routed.
        yield from (BadRequest, NotFound, UriTooLong)
    if handler.declared.verifier is not None:
        yield from (AuthRequired, Forbidden, TooLarge)
    if handler.declared.is_same_origin:
        yield Forbidden
    if handler.limits:
        yield RateLimited
    if any(one.fail == "closed" for one in handler.limits):
        yield Unavailable
    if handler.declared.idempotent is not None:
        # A key that is none; a first request that still runs; a key of another request.
        yield from (BadRequest, Conflict, TooLarge, KeyReused)
    if sources & {"body", "form", "raw"}:
        yield TooLarge
    if sources & {"body", "form"}:
        yield from (UnsupportedMediaType, ValidationFailed)
    if sources & {*TEXTS}:
        yield ValidationFailed


class Refusals:
    """The error responses of a document, collected while operations name them.

    Args:
        taken: names of the app's own schemas, which ours keep clear of.
    """

    def __init__(self, taken: Mapping[str, Any]) -> None:
        self._error, self._problem = _free("Error", taken), _free("Problem", taken)
        self._kinds: dict[str, Refusal | None] = {}

    def responses(self, kinds: Sequence[Refusal], *, has_content: bool, has_other: bool) -> Json:
        """Give the error responses of one operation, by status.

        Args:
            has_content: whether its method has any.
            has_other: whether `default` stands for the errors that are not listed.
        """
        listed: dict[str, Refusal | None] = {str(kind.status): kind for kind in kinds}
        if has_other:
            listed["default"] = None
        if not has_content:
            return {status: {"description": _text_of(kind)} for status, kind in listed.items()}
        return {status: {"$ref": _RESPONSES + self._named(kind)} for status, kind in listed.items()}

    def _named(self, kind: Refusal | None) -> str:
        name = OTHER if kind is None else kind.__name__
        self._kinds[name] = kind
        return name

    def components(self) -> tuple[Json, Json]:
        """Give the schemas and the responses that the operations refer to."""
        responses = {name: self._response(kind) for name, kind in sorted(self._kinds.items())}
        return ({self._error: _ERROR, self._problem: _PROBLEM} if responses else {}), responses

    def _response(self, kind: Refusal | None) -> Json:
        sample = None if kind is None else kind(**_SAMPLES.get(kind, {}))
        content = {
            JSON: _media(self._error, None if sample is None else wire(sample)),
            PROBLEM: _media(self._problem, None if sample is None else problem(sample)),
        }
        headers = {} if kind is None else _HEADERS.get(kind, {})
        return {"description": _text_of(kind), **({"headers": headers} if headers else {}), "content": content}


def _media(schema: str, example: Json | None) -> Json:
    return {"schema": {"$ref": PREFIX + schema}, **({"example": example} if example is not None else {})}


def _text_of(kind: Refusal | None) -> str:
    return _OTHER_TEXT if kind is None else kind.default_message


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name
