"""Receipts: how the page after a successful form finds the result, without a cookie that could be stale or too small.

The redirect to the page carries `?/=RECEIPT`, a random name under which the result is kept for the session that sent the form.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from twofold.actions.action import Action
from twofold.actions.outcomes import Outcome, failure_of
from twofold.actions.registry import registry, without_action
from twofold.actions.submission import Submission
from twofold.boundary import loads
from twofold.call import Call
from twofold.errors import StoreUnavailable
from twofold.idempotency import Completed, Started, identity

log = logging.getLogger("twofold")

RECEIPT_SECONDS = 600
"""How long the page after a success can show the result, and a reload of it."""


async def page_with_receipt(call: Call, action: Action[..., Any], instance: str, outcome: Outcome) -> str:
    """Give the page's URL; where the action has a result, with a receipt under which the page finds it."""
    query = without_action(call.query)
    receipt = await keep_receipt(call, action, Submission(action.id, instance, {}, data=outcome.data))
    if receipt is not None:
        query = f"{query}&/={receipt}" if query else f"/={receipt}"
    return f"{call.location}?{query}" if query else call.location


async def keep_receipt(call: Call, action: Action[..., Any], submission: Submission) -> str | None:
    """Keep how a submission ended; None where a page could show nothing of it, or where it cannot be kept."""
    if submission.failure is None and action.result is None:
        return None
    try:
        return await _keep(call, submission.dump(action.arguments))
    except StoreUnavailable:
        # The effect has happened: the page without its result tells the truth, an error would not.
        log.warning("the result of %s could not be kept for the page after it", action.id, exc_info=True)
        return None


async def _keep(call: Call, kept: bytes) -> str:
    receipt = secrets.token_urlsafe(16)
    store, name = call.setup.idempotency_store, _receipt_name(receipt, call)
    begun = await store.begin(name, b"", lease_seconds=RECEIPT_SECONDS)
    if isinstance(begun, Started):
        await store.complete(name, begun.fence, kept, ttl_seconds=RECEIPT_SECONDS)
    return receipt


async def read_receipt(call: Call) -> Submission | None:
    """Give the submission whose receipt the page's URL carries, for the session that sent it."""
    receipt = next((part[2:] for part in call.query.split("&") if part.startswith("/=")), None)
    if receipt is None:
        return None
    try:
        kept = await _kept(call, receipt)
    except StoreUnavailable:
        log.warning("a result could not be read for the page after it", exc_info=True)
        return None
    return None if kept is None else _read(kept)


def _read(kept: bytes) -> Submission | None:
    head, _, data = kept.partition(b"\n")
    action_id, instance, values, shape, status = loads(head)
    if shape is None:
        return Submission(action_id, instance, values, data=data)
    action = registry.find(action_id)
    return None if action is None else Submission(action_id, instance, values, failure_of(shape, status, action))


async def _kept(call: Call, receipt: str) -> bytes | None:
    store, name = call.setup.idempotency_store, _receipt_name(receipt, call)
    begun = await store.begin(name, b"", lease_seconds=1)
    if isinstance(begun, Started):
        await store.release(name, begun.fence)
    return begun.outcome if isinstance(begun, Completed) else None


def _receipt_name(receipt: str, call: Call) -> str:
    # The action may have started the session, so it is asked for after the action ran.
    return identity(call.session.identity, "GET", "receipt", receipt)
