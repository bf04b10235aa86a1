"""The body of a request as parameters: one model as JSON or a form, or the fields and files of a form."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from twofold.binding.sources import Bound
from twofold.boundary import Arguments, FileLimits, FormInput, Parameter, Shape, Where
from twofold.call import Call
from twofold.errors import UnsupportedMediaType
from twofold.incoming import NO_LIMITS
from twofold.media import FORMS, JSON, is_json

_JSON = JSON.encode("ascii")

BodyReader: TypeAlias = Callable[[Call], Awaitable[dict[str, Any]]]
"""Reads the body into parameters. Uploads are closed when the call has been answered."""


def body_reader(parameters: Sequence[Bound], where: Where, *, takes_body: bool) -> BodyReader | None:
    """Give what reads the body for these parameters; None where nothing does.

    Raises:
        ConfigurationError: the method has no body, or the parameters need more than one.
    """
    bodies = [one for one in parameters if one.source == "body"]
    fields = [one for one in parameters if one.source == "form"]
    has_raw = any(one.source == "raw" for one in parameters)
    if (bodies or fields or has_raw) and not takes_body:
        name = next(one.name for one in parameters if one.source in ("body", "form", "raw"))
        raise where.at(name).refuse(
            "this method has no body to read it from", "Use a text-like type for a query parameter, or POST"
        )
    if len(bodies) > 1 or (bodies and has_raw):
        raise where.at(bodies[-1].name).refuse("a request has one body", "Put both into one model")
    if fields:
        return _form_reader(arguments_of(fields, where))
    return _model_reader(bodies[0], where) if bodies else None


def arguments_of(parameters: Sequence[Bound], where: Where) -> Arguments:
    """Compile some of a function's parameters."""
    # By name only, because what is left of a signature may have its defaults first.
    return Arguments({one.name: Parameter(one.annotation, one.default, is_keyword_only=True) for one in parameters}, where)


def _form_reader(arguments: Arguments) -> BodyReader:
    limits = arguments.file_limits

    async def read(call: Call) -> dict[str, Any]:
        if call.media_type not in FORMS:
            raise UnsupportedMediaType("Send multipart/form-data")
        return arguments.validate_form(await _form(call, limits))

    return read


def _model_reader(one: Bound, where: Where) -> BodyReader:
    shape: Shape[Any] = Shape(one.annotation, where.at(one.name))
    is_optional = one.default is not inspect.Parameter.empty

    async def read(call: Call) -> dict[str, Any]:
        # The first as almost everyone writes it, which costs nothing to find out.
        if call.first_headers.get(b"content-type") == _JSON or is_json(call.media_type):
            return {one.name: shape.validate_json(await call.body())}
        if call.media_type in FORMS:
            return {one.name: shape.validate_form(await _form(call, NO_LIMITS))}
        if is_optional and not await call.body():
            return {}
        raise UnsupportedMediaType("Send application/json")

    return read


async def _form(call: Call, limits: Mapping[str, FileLimits]) -> FormInput:
    form = await call.read_form(files=limits)
    if form.refusal is not None:
        raise form.refusal
    return form
