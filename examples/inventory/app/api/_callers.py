"""Who calls the API, and which of their calls it is."""

from __future__ import annotations

from typing import Annotated

from composition import ENVIRONMENT
from twofold import AuthRequired, Header, Request
from twofold.idempotency import parse_key


async def api_caller(authorization: Annotated[str | None, Header()] = None) -> str:
    """Give the owner that the key in `Authorization: Bearer` stands for.

    Raises:
        AuthRequired: there is no key, or it is nobody's.
    """
    scheme, _, key = (authorization or "").partition(" ")
    name = ENVIRONMENT.api_caller(key.strip()) if scheme.lower() == "bearer" else None
    if name is None:
        raise AuthRequired("Send your API key: Authorization: Bearer <key>")
    return f"key:{name}"


async def call_key(request: Request) -> str | None:
    """Give the key that names this call: a repetition of it gets the same answer.

    Raises:
        ValidationFailed: there are several, or one that is malformed; its sender must not believe that it protects.
    """
    return parse_key(request.headers.getlist("Idempotency-Key"))
