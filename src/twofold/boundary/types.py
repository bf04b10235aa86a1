"""Types to annotate with where plain Python types do not say enough."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticKnownError, core_schema

SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259 section 6)."""

UNBOUNDED = "twofold_unbounded"
"""Metadata key of an integer schema that keeps its own bounds."""

# Well below CPython's limit of 4300 digits, so that no conversion to or from text can fail.
_BIGGEST = 10**1000 - 1
_DIGITS = re.compile(r"-?(0|[1-9][0-9]{0,999})")


class _AnyInteger:
    """An integer of up to a thousand digits: a string of digits on the wire."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        exact = core_schema.int_schema(ge=-_BIGGEST, le=_BIGGEST, strict=True, metadata={UNBOUNDED: True})
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_before_validator_function(_from_digits, exact),
            python_schema=exact,
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "bigint", "pattern": f"^{_DIGITS.pattern}$"}


class _SecretMarker:
    """A parameter whose value is never given back to the page."""

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "format": "password", "writeOnly": True}

    def __repr__(self) -> str:
        return "Secret"


BigInt = Annotated[int, _AnyInteger()]
"""An integer beyond 2**53: a string of digits on the wire, where a JSON number would lose them."""

Secret = _SecretMarker()
"""Mark a parameter that is never echoed: `pin: Annotated[str, Secret]`."""


def _from_digits(value: Any) -> Any:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PydanticKnownError("int_type")
