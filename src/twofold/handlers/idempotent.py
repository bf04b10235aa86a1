"""A route handler that runs at most once for a key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from twofold.answering import answer, fail_as_json
from twofold.boundary import loads
from twofold.call import Call
from twofold.errors import BadRequest, ConfigurationError, ValidationFailed
from twofold.idempotency import NotStored, Part, fingerprint, identity, once
from twofold.idempotency.keys import HEADER, parse_key
from twofold.media import FORMS
from twofold.responses import NO_STORE, Empty

REPLAYED = (b"idempotent-replayed", b"true")

NOT_KEPT = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429})
"""Answers to requests that had no effect: a retry runs again. So do failures of the server, which rolled back."""


@dataclass(frozen=True, slots=True)
class Idempotent:
    """How a handler keeps its answers.

    Args:
        is_required: whether a request without a key is refused.
        ttl_seconds: how long they are kept.
    """

    is_required: bool
    ttl_seconds: float

    async def answer(self, call: Call, run: Callable[[Call], Awaitable[Response]], place: str) -> Response:
        """Run the handler, unless it has run for this key.

        Raises:
            BadRequest: there is no key, and there must be one.
            ValidationFailed: the key is malformed.
            Conflict: another request with this key is still running.
            KeyReused: the key came with another request.
        """
        key = _key(call)
        if key is None:
            if self.is_required:
                raise BadRequest(f"Send the {HEADER} header: a text of your own, the same for every retry of one request")
            return await run(call)
        ran: list[Response] = []

        async def effect() -> bytes | NotStored:
            response = await answer(run, call, fail_as_json)
            ran.append(response)
            return NotStored(b"") if response.status_code in NOT_KEPT or response.status_code >= 500 else _dumped(response, place)

        principal = call.principal or call.session.identity
        call.key = identity(principal, call.method, call.pattern, key)
        ended = await once(call.setup.idempotency_store, call.key, await _fingerprint(call), effect, ttl_seconds=self.ttl_seconds)
        return ran[0] if ran and not ended.is_replay else _loaded(ended.payload)


def _key(call: Call) -> str | None:
    try:
        return parse_key(call.header_values(HEADER.lower().encode()))
    except ValidationFailed as error:
        raise BadRequest(str(error), fields=error.fields) from error


async def _fingerprint(call: Call) -> bytes:
    """Digest what was sent: the values of JSON and of forms, not how they are spelled."""
    media = call.media_type
    sent = partial(fingerprint, method=call.method, path=call.location, query=call.query, media_type=media)
    if media in FORMS:
        form = await call.read_form()
        parts = [
            Part(name, None, None, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()) for name, text in form.pairs
        ]
        for name, file in form.files:
            content = await file.read()
            await file.seek(0)
            parts.append(Part(name, file.filename, file.content_type, hashlib.sha256(content).digest()))
        return sent(parts=parts)
    raw = await call.body()
    try:
        return sent(body=loads(raw) if media == "application/json" else raw)
    except ValidationFailed:
        return sent(body=raw)  # the handler says what is wrong with it


def _dumped(response: Response, place: str) -> bytes:
    body = getattr(response, "body", None)
    if not isinstance(body, bytes):
        raise ConfigurationError(f"{place}: @idempotent cannot keep a stream; give a value, or a response with a body")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers if name != b"set-cookie"]
    return json.dumps([response.status_code, headers]).encode() + b"\n" + body


def _loaded(payload: bytes) -> Response:
    head, _, body = payload.partition(b"\n")
    status, headers = json.loads(head)
    response = Empty(status)
    response.body = body
    kept = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers if name != "cache-control"]
    response.raw_headers = [*kept, NO_STORE, REPLAYED]
    return response
