"""One route handler as an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twofold.binding import Bound
from twofold.boundary.files import FileParameter
from twofold.handlers import Handler
from twofold.idempotency.keys import HEADER
from twofold.openapi.answers import answers_of, streamed_type
from twofold.openapi.bodies import body_of
from twofold.openapi.inputs import TEXTS, parameters_of
from twofold.openapi.paths import Place
from twofold.openapi.refusals import Refusals, refusals_of
from twofold.openapi.schemas import Direction, Json, TypeSchemas
from twofold.openapi.security import SecuritySchemes, requirements
from twofold.openapi.words import operation_id, prose_of, tag_of

_TYPED = (*TEXTS, "path", "body", "form")
_KEY: Json = {
    "name": HEADER,
    "in": "header",
    "description": "Names this request: a retry with the same key gets the same answer, and has no second effect.",
    "schema": {"type": "string", "pattern": r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[A-Za-z0-9_.:-]{1,255})$'},
}
_REPLAYED: Json = {
    "Idempotent-Replayed": {
        "description": "`true` on an answer that the key got before.",
        "schema": {"type": "string"},
    }
}


@dataclass(frozen=True, slots=True)
class Described:
    """A route handler at one place of the document, with everything that it takes."""

    place: Place
    handler: Handler
    inputs: list[Bound]

    def types(self) -> Iterator[tuple[Any, Direction]]:
        """Give the types that it reads and writes."""
        for one in self.inputs:
            if one.source in _TYPED and FileParameter.of(one.annotation, is_required=True) is None:
                yield one.annotation, "input"
        if self.handler.result.shape is not None:
            yield self.handler.result.shape.annotation, "output"
        item = streamed_type(self.handler)
        if item is not None:
            yield item, "output"


def operation_of(one: Described, types: TypeSchemas, refusals: Refusals, schemes: SecuritySchemes) -> Json:
    """Give the operation of a handler."""
    summary, description = prose_of(one.handler.function)
    parameters, body = _parameters(one, types), body_of(one.inputs, types)
    security = requirements(schemes, one.handler.declared.verifier, one.inputs)
    parts: Json = {
        "tags": [tag_of(one.place.template)],
        "summary": summary,
        "description": description,
        "operationId": operation_id(one.handler.method, one.place.template),
        "parameters": parameters,
        "requestBody": body,
        "responses": _responses(one, types, refusals),
        "security": security,
    }
    return {name: value for name, value in parts.items() if value}


def _parameters(one: Described, types: TypeSchemas) -> list[Json]:
    parameters = parameters_of(one.inputs, one.place, types)
    kept = one.handler.declared.idempotent
    if kept is None:
        return parameters
    others = [known for known in parameters if (known["in"], known["name"].lower()) != ("header", HEADER.lower())]
    return [*others, {**_KEY, **({"required": True} if kept.is_required else {})}]


def _responses(one: Described, types: TypeSchemas, refusals: Refusals) -> Json:
    answers = answers_of(one.handler, types)
    if one.handler.declared.idempotent is not None:
        answers = {
            status: {**answer, "headers": {**answer.get("headers", {}), **_REPLAYED}} for status, answer in answers.items()
        }
    kinds = refusals_of(one.handler, one.inputs, has_path=bool(one.place.names))
    errors = refusals.responses(kinds, has_content=one.handler.method != "HEAD", has_other="default" not in answers)
    together = {**errors, **answers}
    return {status: together[status] for status in sorted(together)}
