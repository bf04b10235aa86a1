"""Samples and commands: what is shown would be taken."""

from __future__ import annotations

import json
import shlex
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from pydantic import BaseModel, Field

from support.openapi_app import Lamp, Node, Note, Rich, app
from twofold import BigInt
from twofold.boundary import Shape
from twofold.boundary.schemas import Schemas
from twofold.openapi import openapi_document
from twofold.openapi.curl import curl_of
from twofold.openapi.samples import sample_of
from twofold.openapi.schemas import TypeSchemas

DOCUMENT = openapi_document(app, title="Lamps", version="1.0")
READING = Schemas({"$defs": DOCUMENT["components"]["schemas"]})


class Colour(Enum):
    RED = "red"


class Endless(BaseModel):
    again: list[Endless]


TYPES: list[Any] = [
    str, int, float, bool, Decimal, date, datetime, time, timedelta, UUID, bytes, BigInt, Colour, Literal["a", 2], None,
    int | None, list[int], set[str], tuple[int, str], dict[str, int], Lamp, Node, Note, Rich, Endless,
    Annotated[int, Ge(5)], Annotated[int, Gt(5)], Annotated[int, Le(-5)], Annotated[int, Lt(-5)],
    Annotated[int, MultipleOf(7)], Annotated[int, Ge(8), Le(15), MultipleOf(7)], Annotated[float, Gt(0), Lt(1)],
    Annotated[str, MinLen(30)], Annotated[str, MaxLen(2)], Annotated[list[int], MinLen(3)],
    Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[str, Field(pattern="^[0-9]{5}$")],
    Annotated[str, Field(examples=["example"])],
]  # fmt: skip


@pytest.mark.parametrize("annotation", TYPES, ids=str)
def test_a_sample_fits_its_type(annotation: Any) -> None:
    types = TypeSchemas([(annotation, "input")])
    Shape(annotation).validate_tree(sample_of(types.of(annotation, "input"), types.reading))


def test_text_that_nobody_can_guess_is_an_ellipsis() -> None:
    assert sample_of({"type": "string", "pattern": "^(?=never)matched$"}, READING) == "…"
    assert sample_of({"type": "string", "pattern": "^(?<not>python)$"}, READING) == "…"


def command(method: str, template: str) -> str:
    operation = DOCUMENT["paths"][template][method.lower()]
    return curl_of(method, "https://shop.example", template, operation, DOCUMENT["components"]["securitySchemes"], READING)


COMMANDS = [
    ("GET", "/api/folders", ["curl", "https://shop.example/api/folders"]),
    ("GET", "/api/lamps/{number}", ["curl", "https://shop.example/api/lamps/1"]),
    ("DELETE", "/api/lamps/{number}", ["curl", "https://shop.example/api/lamps/1", "-X", "DELETE"]),
    ("GET", "/files/{name}", ["curl", "https://shop.example/files/$NAME"]),
    ("HEAD", "/probe", ["curl", "https://shop.example/probe", "-I"]),
    ("POST", "/api/preferences", ["curl", "https://shop.example/api/preferences?theme=light", "-X", "POST"]),
    (
        "POST",
        "/api/events",
        ["curl", "https://shop.example/api/events", "-H", "X-Signature: $X_SIGNATURE", "--data-binary", "@body"],
    ),
    (
        "POST",
        "/api/photos",
        ["curl", "https://shop.example/api/photos", "-F", "title=text", "-F", "photo=@photo", "-F", "others=@others"],
    ),
]


@pytest.mark.parametrize(("method", "template", "words"), COMMANDS)
def test_a_request_is_a_command_that_can_be_copied(method: str, template: str, words: list[str]) -> None:
    assert [word for word in shlex.split(command(method, template)) if word.strip()] == words


def test_a_json_body_is_quoted_for_the_shell() -> None:
    *_, body = shlex.split(command("POST", "/api/lamps"))
    assert Shape(Lamp).validate_tree(json.loads(body)) == Lamp("A-1", Decimal("9.99"))


def test_the_key_of_a_call_is_the_callers_own() -> None:
    assert '-H "Idempotency-Key: $IDEMPOTENCY_KEY"' in command("POST", "/api/orders")


def test_a_sample_cannot_leave_its_quotes() -> None:
    hostile = "'; rm -rf / #"
    operation = {
        "parameters": [{"name": "x", "in": "header", "required": True, "schema": {"type": "string", "const": hostile}}],
        "requestBody": {"content": {"application/json": {"schema": {"const": hostile}}}},
    }
    words = [word for word in shlex.split(curl_of("POST", "http://a", "/", operation, {}, READING)) if word.strip()]
    assert words == [
        "curl",
        "http://a/",
        "-H",
        f"x: {hostile}",
        "-H",
        "Content-Type: application/json",
        "-d",
        json.dumps(hostile),
    ]
