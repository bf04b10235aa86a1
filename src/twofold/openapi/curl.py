"""A request as a command that can be copied."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from twofold.boundary.schemas import JsonSchema, Schemas
from twofold.idempotency.keys import HEADER
from twofold.media import JSON, MULTIPART
from twofold.openapi.samples import sample_of
from twofold.openapi.schemas import Json

_UNKNOWN = ("text", "…")
"""Samples that stand for a text which only the caller knows."""


def curl_of(method: str, base: str, template: str, operation: Json, schemes: Json, reading: Schemas) -> str:
    """Give the command for an operation, with samples for what it needs; `$NAME` stands for what only the caller knows.

    Args:
        base: URL below which the template is; it needs no quotes in a shell.
    """
    body = list(_body(operation.get("requestBody", {}).get("content", {}), reading))
    is_implied = method == "GET" or (method == "POST" and body)
    parts = [
        *(["-I"] if method == "HEAD" else [] if is_implied else [f"-X {method}"]),
        *(f'-H "{name}: ${_variable(name)}"' for name in _secrets(operation, schemes)),
        *(f"-H {_argument(f'{name}: ', name, value)}" for name, value in _required(operation, "header", reading)),
        *_cookies(operation, reading),
        *body,
    ]
    url = base + _path(template, operation, reading) + _query(operation, reading)
    return " \\\n  ".join([f'curl "{url}"', *parts])


def _path(template: str, operation: Json, reading: Schemas) -> str:
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            template = template.replace(f"{{{one['name']}}}", _in_url(one["name"], _value(one, reading)))
    return template


def _query(operation: Json, reading: Schemas) -> str:
    pairs = "&".join(f"{quote(name)}={_in_url(name, value)}" for name, value in _required(operation, "query", reading))
    return f"?{pairs}" if pairs else ""


def _in_url(name: str, value: str) -> str:
    return f"${_variable(name)}" if value in _UNKNOWN else quote(value, safe="")


def _cookies(operation: Json, reading: Schemas) -> list[str]:
    return [f"-b {_argument(f'{name}=', name, value)}" for name, value in _required(operation, "cookie", reading)]


def _argument(start: str, name: str, value: str) -> str:
    """Write an argument; only a shell variable needs the quotes that let it through."""
    return f'"{start}${_variable(name)}"' if value in _UNKNOWN else shlex.quote(start + value)


def _required(operation: Json, place: str, reading: Schemas) -> Iterator[tuple[str, str]]:
    for one in operation.get("parameters", ()):
        if one["in"] == place and one.get("required"):
            # Whoever copies the command must not get the answer of whoever copied it before.
            yield one["name"], "…" if one["name"] == HEADER else _value(one, reading)


def _value(parameter: Json, reading: Schemas) -> str:
    sample = sample_of(parameter["schema"], reading)
    return _text(sample[0] if isinstance(sample, list) and sample else sample)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _secrets(operation: Json, schemes: Json) -> list[str]:
    alternatives: Sequence[Mapping[str, Any]] = operation.get("security", ())
    return [schemes[name]["name"] for name in (alternatives[0] if alternatives else ())]


def _variable(name: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in name).upper()


def _body(content: Json, reading: Schemas) -> Iterator[str]:
    if JSON in content:
        sample = sample_of(content[JSON]["schema"], reading)
        yield "-H 'Content-Type: application/json'"
        yield f"-d {shlex.quote(json.dumps(sample, indent=2, ensure_ascii=False))}"
    elif MULTIPART in content:
        schema = content[MULTIPART]["schema"]
        for name, part in schema["properties"].items():
            if name in schema.get("required", ()) or _is_file(part):
                value = f"@{name}" if _is_file(part) else _text(sample_of(part, reading))
                yield f"-F {shlex.quote(f'{name}={value}')}"
    elif content:
        yield "--data-binary @body"


def _is_file(schema: JsonSchema) -> bool:
    return "binary" in (schema.get("format"), schema.get("items", {}).get("format"))
