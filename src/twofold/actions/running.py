"""Running an action at most once for a call, whoever sent it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from starlette.datastructures import UploadFile

from twofold.actions.action import Action
from twofold.actions.capability import FIELD, is_reserved
from twofold.actions.outcomes import Outcome, outcome_of
from twofold.actions.watching import run_watched
from twofold.boundary import FormInput, dumps
from twofold.call import Call
from twofold.idempotency import NotStored, Part, fingerprint, identity, once

Fingerprint: TypeAlias = bytes | Callable[[], Awaitable[bytes]]


@dataclass(slots=True)
class Sender:
    """Who sent which call.

    Args:
        principal: whose call key it is: a session, or nobody in particular.
        sent: the fingerprint of what was sent, or what gives it, which is asked only where duplicates are told apart.
    """

    principal: str | None
    key: str
    sent: Fingerprint


async def run_once(action: Action[..., Any], values: Mapping[str, Any], call: Call, sender: Sender) -> tuple[Outcome, bool]:
    """Run the action at most once for the call key, and give every duplicate the same outcome.

    Returns:
        The outcome, and whether it is a replay.
    """
    if action.is_idempotent:
        return await run_watched(call, action, partial(outcome_of, action, values, call)), False
    ran: list[Outcome] = []

    async def run() -> bytes | NotStored:
        effect = outcome_of(action, values, call)
        outcome = await (run_watched(call, action, lambda: effect) if action.is_abortable else effect)
        ran.append(outcome)
        return outcome.kept if outcome.is_kept else NotStored(b"")

    call.key = identity(sender.principal, "POST", action.id, sender.key)
    sent = sender.sent if isinstance(sender.sent, bytes) else await sender.sent()
    ended = await once(call.setup.idempotency_store, call.key, sent, run)
    if ended.is_replay or not ran:
        return Outcome.load(ended.payload, action), True
    return ran[0], False


async def form_fingerprint(action: Action[..., Any], form: FormInput, bound: Mapping[str, Any]) -> bytes:
    """Digest what a form sent, and what its page bound."""
    sealed = Part(FIELD, None, None, hashlib.sha256(dumps(bound)).digest())
    fields = [
        Part(name, None, None, hashlib.sha256(text.encode()).digest()) for name, text in form.pairs if not is_reserved(name)
    ]
    files = [Part(name, file.filename, file.content_type, await _digest(file)) for name, file in form.files]
    return fingerprint(method="POST", path=action.id, parts=[sealed, *fields, *files])


async def _digest(file: UploadFile) -> bytes:
    digest = hashlib.sha256()
    while chunk := await file.read(64 * 1024):
        digest.update(chunk)
    await file.seek(0)
    return digest.digest()
