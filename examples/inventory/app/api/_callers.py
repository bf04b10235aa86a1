"""Who calls the API."""

from __future__ import annotations

from typing import Annotated

from composition import ENVIRONMENT

from twofold import AuthRequired, Header


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
