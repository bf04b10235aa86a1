"""Answering a call of an action: admission, and the answer that fits the caller."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from twofold.actions.action import Action
from twofold.actions.admission import CLIENT_HEADER, SCHEMA_HEADER, Admission, admit, is_call_key
from twofold.actions.outcomes import Outcome
from twofold.actions.registry import registry
from twofold.actions.running import Fingerprint, Sender, form_fingerprint, run_once
from twofold.actions.stream import StreamAction
from twofold.actions.streamed import Ended, Run, answer_streamed
from twofold.actions.submitting import REPLAYED, Around, Submitted, malformed_key
from twofold.answering import Fail, answer, fail_as_json
from twofold.boundary import dumps
from twofold.call import Call
from twofold.errors import NotFound, Stale, UnsupportedMediaType, ValidationFailed
from twofold.frames import MEDIA, Frames, fail_as_frames, redirect_frame, result_frame
from twofold.limiting import admit_within
from twofold.media import FORMS
from twofold.regions import Show
from twofold.responses import NO_STORE, Prepared, as_failure


def is_client_call(call: Call) -> bool:
    """Whether the typed client calls, which reads JSON whatever it accepts."""
    return call.header(CLIENT_HEADER) is not None


def is_runtime_call(call: Call) -> bool:
    """Whether the browser runtime sends a form or asks for regions, and reads frames."""
    return call.header(PULL_HEADER) is not None or (is_client_call(call) and call.media_type in FORMS)


PULL_HEADER = b"twofold-pull"
"""Asks for the outdated regions of a page; its value names some to render in any case."""


async def answer_action(call: Call, action_id: str, around: Around, show: Show | None, fail: Fail) -> Response:
    """Answer a POST to `?/action_id`.

    Args:
        show: renders the page after a failed form; None where there is no page.
        fail: answers what no form can show.

    Raises:
        NotFound: the same for an unknown, an unexported and a malformed id, before the body is read.
    """
    call.check_origin("action")
    action = registry.find(action_id)
    admission = admit(
        is_known=action is not None,
        is_exported=action is not None and action.is_exported,
        has_client_header=is_client_call(call),
        has_page=show is not None,
        media=call.media_type,
    )
    if action is None or admission.is_not_found:
        raise NotFound
    if admission is Admission.FORM and show is not None:
        submitted = Submitted(action, action_id, show, fail, is_runtime=is_client_call(call))
        return _unstored(await submitted.answer(call, around))
    if not action.guards:
        return _unstored(await _called(action, admission, call))  # what it raises is answered as JSON a step further out
    called = partial(_called, action, admission)
    return _unstored(await answer(around(action, called), call, fail_as_json))


def _unstored(response: Response) -> Response:
    if response.raw_headers[-1] is NO_STORE:
        return response
    if not any(name == b"cache-control" and value == NO_STORE[1] for name, value in response.raw_headers):
        response.raw_headers = [one for one in response.raw_headers if one[0] != b"cache-control"] + [NO_STORE]
    return response


async def _called(action: Action[..., Any], admission: Admission, call: Call) -> Response:
    """Answer a call by the typed client: JSON or a form in, JSON out."""
    if admission is Admission.MEDIA_TYPE:
        raise UnsupportedMediaType("Send application/json")
    key = call.header(CLIENT_HEADER) or ""
    if not is_call_key(key):
        raise malformed_key()
    if action.limits:
        await admit_within(action.limits, action.id, call)
    values, sent = await _read(action, call)
    sender = Sender(call.visitor, key, sent)
    if isinstance(action, StreamAction) and MEDIA.decode() in (call.header(b"accept") or ""):
        run = partial(run_once, action, values, call, sender)
        return await answer_streamed(partial(_outcome, run, call), partial(_as_frames, call))
    outcome, is_replay = await run_once(action, values, call, sender)
    response = _as_json(outcome) if outcome.failure is None else await fail_as_json(outcome.failure, call)
    if is_replay:
        response.raw_headers.append(REPLAYED)
    return response


async def _read(action: Action[..., Any], call: Call) -> tuple[dict[str, Any], Fingerprint]:
    """Give the arguments, and what gives the fingerprint of what was sent.

    Raises:
        Stale: they do not fit, and the client was generated for other parameters.
    """
    try:
        if call.media_type in FORMS:
            return await _read_form(action, call)
        raw = await call.body(action.max_body_bytes)
        # As it was spelled: a client sends a call again as it was.
        return action.arguments.validate_json(raw), hashlib.sha256(raw).digest()
    except ValidationFailed as error:
        if call.header(SCHEMA_HEADER) in (None, action.arguments.schema_hash):
            raise
        raise Stale(fields=error.fields, details="schema") from error


async def _read_form(action: Action[..., Any], call: Call) -> tuple[dict[str, Any], Fingerprint]:
    form = await call.read_form(action.max_body_bytes, action.file_limits)
    if form.refusal is not None:
        raise form.refusal
    return action.arguments.validate_form(form), partial(form_fingerprint, action, form, {})


async def _outcome(run: Run, call: Call) -> Ended:
    """Take whatever a run comes to: once items have left, a failure can only be the last frame."""
    try:
        return await run()
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001 - whatever failed
        return Outcome(failure=as_failure(error, call)), False


async def _as_frames(call: Call, outcome: Outcome, is_replay: bool) -> Frames:  # noqa: FBT001
    if outcome.failure is not None:
        response = await fail_as_frames(outcome.failure, call)
    else:
        response = Frames([result_frame(outcome.data) if outcome.redirect is None else redirect_frame(outcome.redirect)])
    if is_replay:
        response.raw_headers.append(REPLAYED)
    return response


def _as_json(outcome: Outcome) -> Response:
    if outcome.redirect is not None:
        return Prepared(dumps({"redirect": outcome.redirect}), extra=(NO_STORE,))
    return Prepared(outcome.kept, extra=(NO_STORE,))
