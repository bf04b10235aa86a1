"""What a handler answers when all is well, from its return annotation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from http import HTTPStatus
from typing import Annotated, Any, get_args, get_origin

from starlette.responses import RedirectResponse, Response

from twofold.calling import hints_of
from twofold.errors import Redirect
from twofold.handlers import Handler, ServerSentEvent
from twofold.handlers.results import members
from twofold.media import JSON
from twofold.openapi.schemas import Json, TypeSchemas
from twofold.parameters import Reply

_STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)
_EVENTS, _LINES, _BYTES, _TEXT = "text/event-stream", "application/x-ndjson", "application/octet-stream", "text/plain"
OWN_ANSWER = "An answer that the operation makes itself"


def streamed_type(handler: Handler) -> Any | None:
    """Give the type of a stream's items where they are written as JSON; None for every other result."""
    item = _item_of(_annotation_of(handler.function)) if handler.result.stream is not None else None
    return None if item in (bytes, str, ServerSentEvent) else item


def answers_of(handler: Handler, types: TypeSchemas) -> Json:
    """Give the successful responses by status.

    A handler that makes its responses itself may give any status, which `default` stands for.
    """
    annotation = _annotation_of(handler.function)
    has_content = handler.method != "HEAD"
    if handler.result.stream is not None:
        media = _stream(_item_of(annotation), types)
        return {str(handler.result.status or 200): _response(200, media if has_content else None)}
    answers: Json = {}
    for member in members(annotation):
        answers |= _of_member(handler, member, types)
    return answers if has_content else {status: _bare(one) for status, one in answers.items()}


def _of_member(handler: Handler, member: Any, types: TypeSchemas) -> Json:
    if isinstance(member, type) and issubclass(member, (Redirect, RedirectResponse)):
        return {"3XX": {"description": "Another place", "headers": {"Location": {"schema": {"type": "string"}}}}}
    if isinstance(member, type) and issubclass(member, Response):
        return _own(member)
    shape = handler.result.shape
    media = None if shape is None else {JSON: {"schema": types.of(shape.annotation, "output")}}
    if get_origin(member) is Reply:
        return {"2XX": {"description": "Done", **({"content": media} if media else {})}}
    status = handler.result.status or (204 if media is None else 200)
    return {str(status): _response(status, media)}


def _own(kind: type[Response]) -> Json:
    media_type = kind.media_type
    content: Json = {"content": {media_type.partition(";")[0]: {}}} if media_type else {}
    return {"2XX": {"description": OWN_ANSWER, **content}, "default": {"description": "Whatever else it answers itself"}}


def _stream(item: Any, types: TypeSchemas) -> Json:
    if item is bytes:
        return {_BYTES: {}}
    if item is str:
        return {_TEXT: {"schema": {"type": "string"}}}
    if item is ServerSentEvent:
        return {_EVENTS: {}}
    # OpenAPI 3.1 has no word for the schema of each line; 3.2 calls it itemSchema.
    return {_LINES: {"schema": {"type": "string"}, "x-item-schema": types.of(item, "output")}}


def _response(status: int, content: Json | None) -> Json:
    return {"description": HTTPStatus(status).phrase, **({"content": content} if content else {})}


def _bare(response: Json) -> Json:
    return {name: value for name, value in response.items() if name != "content"}


def _annotation_of(function: Callable[..., Any]) -> Any:
    annotation = hints_of(function)["return"]
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _item_of(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) in _STREAMS else None
