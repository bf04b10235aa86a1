"""Operations: what a handler takes and gives is what its operation says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import pytest
from annotated_types import Ge
from pydantic import BaseModel, Field
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

from twofold import (
    App,
    Cookie,
    Depends,
    FileLimits,
    Header,
    HmacSha256,
    Redirect,
    Reply,
    Request,
    Response,
    ServerSentEvent,
    Settings,
    Status,
    UploadFile,
    ValidationFailed,
    idempotent,
    limit,
    same_origin,
    verify,
)
from twofold.idempotency import parse_key
from twofold.openapi import openapi_document
from twofold.openapi.security import SecuritySchemes
from twofold.webhooks import GitHub, Slack, StandardWebhooks, Stripe


class Order(BaseModel):
    sku: str
    tags: list[str] = []


class Nested(BaseModel):
    order: Order


def document(method: str, function: Callable[..., Any], pattern: str = "/x") -> dict[str, Any]:
    app = App(settings=Settings(mode="test"))
    app.routes.handler(pattern, method)(function)
    return openapi_document(app, title="Test", version="1")


def operation(method: str, function: Callable[..., Any], pattern: str = "/x") -> dict[str, Any]:
    (path,) = document(method, function, pattern)["paths"].values()
    found: dict[str, Any] = path[method.lower()]
    return found


def parameter(function: Callable[..., Any], pattern: str = "/x") -> dict[str, Any]:
    (found,) = operation("GET", function, pattern)["parameters"]
    return dict(found)


# Parameters


async def in_path(x: Annotated[int, Ge(1)]) -> None: ...
async def in_rest(x: tuple[int, ...]) -> None: ...
async def in_query(x: str) -> None: ...
async def described(x: Annotated[str, Field(description="What it is.")] = "a") -> None: ...
async def truth(x: bool) -> None: ...
async def several(x: list[str]) -> None: ...
async def at_least_one(x: Annotated[list[str], Field(min_length=1)]) -> None: ...
async def nullable(x: str | None) -> None: ...
async def in_header(x_y: Annotated[str, Header()]) -> None: ...
async def in_headers(x: Annotated[list[str], Header("X-Y")]) -> None: ...
async def in_cookie(x: Annotated[str | None, Cookie()] = None) -> None: ...


REST, SEVERAL = "The rest of the path: one segment or more.", "May be sent several times."
PARAMETERS: list[tuple[Any, str, dict[str, Any]]] = [
    (in_path, "/{x}", {"name": "x", "in": "path", "required": True}),
    (in_rest, "/{x...}", {"name": "x", "in": "path", "required": True, "description": REST}),
    (in_query, "/x", {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}),
    (described, "/x", {"name": "x", "in": "query", "description": "What it is.", "schema": {"type": "string", "default": "a"}}),
    (truth, "/x", {"name": "x", "in": "query", "schema": {"type": "boolean"}}),
    (several, "/x", {"name": "x", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}),
    (at_least_one, "/x", {"name": "x", "in": "query", "required": True}),
    (nullable, "/x", {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}),
    (in_header, "/x", {"name": "X-Y", "in": "header", "required": True, "schema": {"type": "string"}}),
    (in_headers, "/x", {"name": "X-Y", "in": "header", "description": SEVERAL, "schema": {"type": "string"}}),
    (in_cookie, "/x", {"name": "x", "in": "cookie", "schema": {"type": "string"}}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "pattern", "expected"), PARAMETERS)
def test_a_parameter_is_described_as_it_is_read(function: Any, pattern: str, expected: dict[str, Any]) -> None:
    found = parameter(function, pattern)
    assert {name: value for name, value in found.items() if name in expected or name != "schema"} == expected


async def inner(page: int = 1) -> int: ...
async def outer(page: int, size: Annotated[int, Depends(inner)]) -> int: ...
async def dependent(x: Annotated[int, Depends(outer)], y: Annotated[int, Depends(inner)]) -> None: ...


def test_the_parameters_of_dependencies_are_those_of_the_operation() -> None:
    found = operation("GET", dependent)["parameters"]
    assert [(one["name"], one.get("required", False)) for one in found] == [("page", True)]


def test_headers_that_are_no_parameters_are_none() -> None:
    async def handler(accept: Annotated[str, Header()], content_type: Annotated[str, Header()]) -> None: ...

    assert "parameters" not in operation("GET", handler)


# Bodies


async def model(order: Order) -> None: ...
async def optional(order: Order | None = None) -> None: ...
async def nested(nested: Nested) -> None: ...
async def listed(orders: list[Order]) -> None: ...
async def raw(raw: bytes) -> None: ...
async def uploaded(photo: UploadFile, title: str = "a") -> None: ...
async def nothing(request: Request) -> None: ...


JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
BODIES: list[tuple[Any, list[str], bool]] = [
    (model, [JSON, FORM, MULTIPART], True),
    (optional, [JSON], False),
    (nested, [JSON], True),
    (listed, [JSON], True),
    (raw, ["*/*"], False),
    (uploaded, [MULTIPART], True),
]


@pytest.mark.parametrize(("function", "media", "is_required"), BODIES)
def test_a_body_has_the_media_types_that_its_handler_reads(function: Any, media: list[str], is_required: bool) -> None:
    body = operation("POST", function)["requestBody"]
    assert (list(body["content"]), body.get("required", False)) == (media, is_required)


def test_an_operation_without_a_body_has_none() -> None:
    assert "requestBody" not in operation("POST", nothing)


class Choice(BaseModel):
    text: str
    is_public: bool
    topics: list[str]


async def choose(choice: Choice) -> None: ...


def test_what_a_form_may_leave_out_is_not_required_of_it() -> None:
    content = operation("POST", choose)["requestBody"]["content"]
    assert content[FORM]["schema"]["required"] == ["text"]


def test_a_file_is_described_with_its_limits() -> None:
    async def take(photo: Annotated[UploadFile, FileLimits(1000, accept=("image/png", ".svg"))]) -> None: ...

    media = operation("POST", take)["requestBody"]["content"][MULTIPART]
    assert media["schema"]["properties"]["photo"]["x-max-bytes"] == 1000
    assert media["encoding"] == {"photo": {"contentType": "image/png"}}


# Answers


async def typed() -> Order: ...
async def created() -> Annotated[Order, Status(201)]: ...
async def maybe() -> Order | None: ...
async def replied() -> Reply[Order]: ...
async def emptied() -> Reply[None]: ...
async def no_content() -> None: ...
async def accepted() -> Annotated[None, Status(202)]: ...
async def html() -> HTMLResponse: ...
async def file() -> FileResponse: ...
async def own() -> Response: ...
async def moved() -> Redirect: ...
async def moved_by_hand() -> RedirectResponse: ...
async def either() -> Order | Redirect: ...
async def events() -> AsyncIterator[ServerSentEvent]: ...
async def chunks() -> AsyncIterator[bytes]: ...
async def texts() -> AsyncIterator[str]: ...
async def lines() -> AsyncIterator[Order]: ...


ANSWERS: list[tuple[Any, dict[str, list[str]]]] = [
    (typed, {"200": [JSON]}),
    (created, {"201": [JSON]}),
    (maybe, {"200": [JSON]}),
    (replied, {"2XX": [JSON]}),
    (emptied, {"2XX": []}),
    (no_content, {"204": []}),
    (accepted, {"202": []}),
    (html, {"2XX": ["text/html"], "default": []}),
    (file, {"2XX": [], "default": []}),
    (own, {"2XX": [], "default": []}),
    (moved, {"3XX": []}),
    (moved_by_hand, {"3XX": []}),
    (either, {"200": [JSON], "3XX": []}),
    (events, {"200": ["text/event-stream"]}),
    (chunks, {"200": ["application/octet-stream"]}),
    (texts, {"200": ["text/plain"]}),
    (lines, {"200": ["application/x-ndjson"]}),
]


@pytest.mark.parametrize(("function", "answers"), ANSWERS)
def test_an_answer_has_the_status_and_the_media_type_of_its_annotation(function: Any, answers: dict[str, list[str]]) -> None:
    found = operation("GET", function)["responses"]
    assert {status: list(one.get("content", {})) for status, one in found.items() if "$ref" not in one} == answers


# Errors


async def untyped(x: str) -> None: ...


@same_origin
async def guarded() -> None: ...


@limit("10/minute")
async def limited() -> None: ...


@limit("10/minute", fail="closed")
async def limited_closed() -> None: ...


@verify(HmacSha256(header="x-signature", secret="a-secret-of-these-tests"))
async def verified(raw: bytes) -> None: ...


@idempotent
async def once() -> None: ...


@idempotent(required=True)
async def once_with_key(order: Order) -> None: ...


REFUSALS: list[tuple[str, Any, str, list[str]]] = [
    ("GET", no_content, "/x", []),
    ("GET", in_query, "/x", ["422"]),
    ("GET", untyped, "/{x}", ["400", "404", "414"]),
    ("POST", guarded, "/x", ["403"]),
    ("POST", limited, "/x", ["429"]),
    ("POST", limited_closed, "/x", ["429", "503"]),
    ("POST", verified, "/x", ["401", "403", "413"]),
    ("POST", once, "/x", ["400", "409", "413", "422"]),
    ("POST", once_with_key, "/x", ["400", "409", "413", "415", "422"]),
    ("POST", raw, "/x", ["413"]),
    ("POST", model, "/x", ["413", "415", "422"]),
    ("POST", uploaded, "/x", ["413", "415", "422"]),
]


@pytest.mark.parametrize(("method", "function", "pattern", "statuses"), REFUSALS)
def test_the_errors_of_the_framework_are_listed(method: str, function: Any, pattern: str, statuses: list[str]) -> None:
    found = operation(method, function, pattern)["responses"]
    assert [status for status in found if status[0] in "45"] == statuses


@pytest.mark.parametrize(("function", "is_required"), [(once, False), (once_with_key, True)])
def test_the_key_of_a_call_is_a_parameter(function: Any, is_required: bool) -> None:
    found = operation("POST", function)
    (key,) = found["parameters"]
    assert (key["name"], key["in"], key.get("required", False)) == ("Idempotency-Key", "header", is_required)
    assert "Idempotent-Replayed" in found["responses"]["204"]["headers"]


KEYS = ["a", '"a b"', '"\\""', "a.b:c-d_e", "a b", '"', '""', "é", '"é"', "a" * 255, "a" * 256, '"\\a"', ""]


@pytest.mark.parametrize("key", KEYS)
def test_the_key_of_a_call_is_told_as_it_is_read(key: str) -> None:
    try:
        is_valid = parse_key([key]) is not None
    except ValidationFailed:
        is_valid = False
    (parameter,) = operation("POST", once)["parameters"]
    assert bool(re.search(parameter["schema"]["pattern"], key)) is is_valid


def test_any_other_error_has_the_same_shape() -> None:
    found = document("GET", in_query)
    assert found["paths"]["/x"]["get"]["responses"]["default"] == {"$ref": "#/components/responses/OtherError"}
    shapes = {
        media["schema"]["$ref"]
        for response in found["components"]["responses"].values()
        for media in response["content"].values()
    }
    assert shapes == {"#/components/schemas/Error", "#/components/schemas/Problem"}


def test_a_model_of_the_app_may_be_called_error_too() -> None:
    class Error(BaseModel):
        text: str

    async def handler() -> Annotated[list[int], Status(200)]: ...

    handler.__annotations__["return"] = Error
    schemas = document("GET", handler)["components"]["schemas"]
    assert schemas["Error"]["properties"].keys() == {"text"}
    assert "code" in schemas["Error_"]["properties"]


def test_no_answer_to_head_has_content() -> None:
    found = operation("HEAD", in_query)["responses"]
    assert [name for one in found.values() for name in one] == ["description"] * len(found)


# Security


async def caller(authorization: Annotated[str, Header()]) -> None: ...
async def maybe_caller(authorization: Annotated[str | None, Header()] = None) -> None: ...


@verify(HmacSha256(header="x-signature", secret="a-secret-of-these-tests"))
async def verified_caller(raw: bytes, authorization: Annotated[str, Header()]) -> None: ...


class Silent:
    def verify(self, headers: Any, body: bytes, now: float) -> None: ...


@verify(Silent())
async def verified_silently(raw: bytes) -> None: ...


VERIFIERS: list[tuple[Any, list[str]]] = [
    (GitHub(secret="a-secret-of-these-tests"), ["X-Hub-Signature-256"]),
    (Stripe(secret="a-secret-of-these-tests"), ["Stripe-Signature"]),
    (Slack(secret="a-secret-of-these-tests"), ["X-Slack-Request-Timestamp", "X-Slack-Signature"]),
    (StandardWebhooks(secret="whsec_" + "c2VjcmV0" * 4), ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"]),
]  # fmt: skip


@pytest.mark.parametrize(("verifier", "headers"), VERIFIERS)
def test_a_signature_is_a_scheme_for_each_of_its_headers(verifier: Any, headers: list[str]) -> None:
    assert list(SecuritySchemes().of_verifier(verifier)) == headers


SECURITY: list[tuple[Any, list[dict[str, Any]]]] = [
    (no_content, []),
    (caller, [{"Authorization": []}]),
    (maybe_caller, [{"Authorization": []}, {}]),
    (verified, [{"X-Signature": []}]),
    (verified_caller, [{"X-Signature": [], "Authorization": []}]),
    (verified_silently, []),
]


@pytest.mark.parametrize(("function", "security"), SECURITY)
def test_what_lets_a_caller_in_is_said(function: Any, security: list[dict[str, Any]]) -> None:
    found = document("POST", function)
    assert found["paths"]["/x"]["post"].get("security", []) == security
    schemes = found["components"].get("securitySchemes", {})
    assert schemes.keys() == {name for one in security for name in one}
    assert {scheme["type"] for scheme in schemes.values()} <= {"apiKey"}
