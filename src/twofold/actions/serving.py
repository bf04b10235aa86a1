"""Answering a call of an action: admission, decoding, running once, and the answer that fits the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from starlette.datastructures import UploadFile
from starlette.responses import Response

from twofold.actions.action import Action
from twofold.actions.admission import CALL_KEY, CLIENT_HEADER, Admission, admit
from twofold.actions.capability import FIELD, Capability, context_of, open_capability
from twofold.actions.outcomes import Outcome, outcome_of
from twofold.actions.receipts import page_with_receipt
from twofold.actions.registry import registry
from twofold.actions.submission import Submission, texts
from twofold.answering import Fail, answer, fail_as_json
from twofold.boundary import FormInput, dumps, loads
from twofold.call import Call
from twofold.errors import Failure, NotFound, Redirect, Stale, UnsupportedMediaType, ValidationFailed
from twofold.idempotency import KeyReused, NotStored, Part, fingerprint, identity, once
from twofold.middleware import Step
from twofold.responses import NO_STORE, Prepared, as_failure, redirection

Around: TypeAlias = Callable[[Action[..., Any], Step], Step]
"""Puts an action's own middleware around the step that runs it."""

Show: TypeAlias = Callable[[Call], Awaitable[Response]]
"""Renders the page of this route, with `call.submission`."""

SENT_OTHERWISE = "This form was sent already, with other values. Check them and send it again"
REPLAYED = (b"idempotent-replayed", b"true")


def is_client_call(call: Call) -> bool:
    """Whether the typed client calls, which reads JSON whatever it accepts."""
    return call.header(CLIENT_HEADER) is not None


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
        media=call.media_type,
    )
    if action is None or admission.is_not_found or (admission is Admission.FORM and show is None):
        raise NotFound
    if admission is Admission.FORM and show is not None:
        return _unstored(await _Submitted(action, show, fail).answer(call, around))
    return _unstored(await answer(around(action, _Called(action, admission).answer), call, fail_as_json))


def _unstored(response: Response) -> Response:
    if not any(name == b"cache-control" and value == NO_STORE[1] for name, value in response.raw_headers):
        response.raw_headers = [one for one in response.raw_headers if one[0] != b"cache-control"] + [NO_STORE]
    return response


class _Called:
    """A call by the typed client: JSON in, JSON out."""

    def __init__(self, action: Action[..., Any], admission: Admission) -> None:
        self.action = action
        self.admission = admission

    async def answer(self, call: Call) -> Response:
        if self.admission is Admission.MEDIA_TYPE:
            raise UnsupportedMediaType("Send application/json")
        key = call.header(CLIENT_HEADER) or ""
        if not CALL_KEY.fullmatch(key):
            raise ValidationFailed("The call key is malformed", fields={"Twofold-Call": ["Must be 16 to 64 of A-Z a-z 0-9 _ -"]})
        raw = await call.body(self.action.max_body_bytes)
        values = self.action.arguments.validate_json(raw)
        sender = Sender(call.session.identity, key, partial(_json_fingerprint, self.action, raw))
        outcome, is_replay = await _once(self.action, values, call, sender)
        response = _as_json(outcome) if outcome.failure is None else await fail_as_json(outcome.failure, call)
        if is_replay:
            response.raw_headers.append(REPLAYED)
        return response


def _as_json(outcome: Outcome) -> Response:
    if outcome.redirect is not None:
        return Prepared(dumps({"redirect": outcome.redirect}))
    return Prepared(outcome.dump())


class _Submitted:
    """A submitted form: the page again after a failure, a redirect after a success."""

    def __init__(self, action: Action[..., Any], show: Show, fail: Fail) -> None:
        self.action = action
        self.show = show
        self.fail = fail

    async def answer(self, call: Call, around: Around) -> Response:
        form = await call.read_form(self.action.max_body_bytes)
        try:
            capability, stale = _capability(form, self.action, call)
            submission = Submission(self.action.id, capability.instance, texts(form.pairs))

            async def submit(call: Call) -> Response:
                return await self._submit(call, form, capability, stale, submission)

            return await answer(around(self.action, submit), call, self.fail)
        finally:
            await form.close()

    async def _submit(
        self, call: Call, form: FormInput, capability: Capability, stale: Failure | None, submission: Submission
    ) -> Response:
        try:
            values = _decoded(self.action, form, capability, stale)
            sent = partial(_form_fingerprint, self.action, form, capability)
            sender = Sender(capability.session, capability.key, sent)
            outcome, is_replay = await _once(self.action, values, call, sender)
        except KeyReused:
            outcome, is_replay = Outcome(failure=KeyReused(SENT_OTHERWISE)), False
        except Exception as error:  # noqa: BLE001 - whatever failed, the visitor's input is shown again
            outcome, is_replay = Outcome(failure=as_failure(error, call)), False
        if outcome.failure is None:
            location = outcome.redirect or await page_with_receipt(call, self.action, capability.instance, outcome)
            return redirection(Redirect(location), [REPLAYED] if is_replay else [])
        return await self._show_failure(call, submission, outcome.failure)

    async def _show_failure(self, call: Call, submission: Submission, failure: Failure) -> Response:
        if failure.status >= 500 and call.setup.settings.is_development:
            return await self.fail(failure, call)
        submission.failure = failure
        call.submission = submission
        response = await self.show(call)
        # A failure that no form of the page shows must not look like a page where nothing happened.
        return response if submission.is_shown else await self.fail(failure, call)


def _capability(form: FormInput, action: Action[..., Any], call: Call) -> tuple[Capability, Failure | None]:
    tokens = [text for name, text in form.pairs if name == FIELD]
    if len(tokens) != 1:
        raise NotFound
    context = context_of(action.id, call.pattern)
    capability, stale = open_capability(call.setup.keys, tokens[0], context, int(call.setup.clock()))
    if capability.session is not None and capability.session != call.session.identity:
        stale = Stale(details="session")
    return capability, stale


def _decoded(action: Action[..., Any], form: FormInput, capability: Capability, stale: Failure | None) -> dict[str, Any]:
    if stale is not None:
        raise stale
    try:
        return action.arguments.validate_form(form, capability.bound)
    except ValidationFailed as error:
        if capability.schema == action.arguments.schema_hash:
            raise
        # The page is of another build: what fails may be what it did not ask for.
        raise Stale(fields=error.fields, details="schema") from error


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent which call.

    Args:
        principal: whose call key it is: a session, or nobody in particular.
        sent: gives the fingerprint of what was sent; asked only where duplicates are told apart.
    """

    principal: str | None
    key: str
    sent: Callable[[], Awaitable[bytes]]


async def _once(action: Action[..., Any], values: Mapping[str, Any], call: Call, sender: Sender) -> tuple[Outcome, bool]:
    """Run the action at most once for the call key, and give every duplicate the same outcome."""
    if action.is_idempotent:
        return await outcome_of(action, values, call), False
    ran: list[Outcome] = []

    async def run() -> bytes | NotStored:
        outcome = await outcome_of(action, values, call)
        ran.append(outcome)
        return outcome.dump() if outcome.is_kept else NotStored(b"")

    call.key = identity(sender.principal, "POST", action.id, sender.key)
    ended = await once(call.setup.idempotency_store, call.key, await sender.sent(), run)
    if ended.is_replay or not ran:
        return Outcome.load(ended.payload, action), True
    return ran[0], False


async def _json_fingerprint(action: Action[..., Any], raw: bytes) -> bytes:
    return fingerprint(method="POST", path=action.id, body=loads(raw))


async def _form_fingerprint(action: Action[..., Any], form: FormInput, capability: Capability) -> bytes:
    bound = Part(FIELD, None, None, hashlib.sha256(dumps(capability.bound)).digest())
    fields = [Part(name, None, None, hashlib.sha256(text.encode()).digest()) for name, text in form.pairs if name != FIELD]
    files = [Part(name, file.filename, file.content_type, await _digest(file)) for name, file in form.files]
    return fingerprint(method="POST", path=action.id, parts=[bound, *fields, *files])


async def _digest(file: UploadFile) -> bytes:
    digest = hashlib.sha256()
    while chunk := await file.read(64 * 1024):
        digest.update(chunk)
    await file.seek(0)
    return digest.digest()
