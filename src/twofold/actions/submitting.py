"""A submitted form: what it asks for, and the two answers to it, a page to the browser and frames to its runtime."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from twofold.actions.action import Action
from twofold.actions.admission import CLIENT_HEADER, is_call_key
from twofold.actions.capability import FIELD, Capability, context_of, open_capability
from twofold.actions.outcomes import Outcome
from twofold.actions.receipts import keep_receipt, page_with_receipt
from twofold.actions.running import Sender, form_fingerprint, run_once
from twofold.actions.stream import StreamAction
from twofold.actions.streamed import Run, answer_streamed
from twofold.actions.submission import Submission, texts
from twofold.answering import Fail, answer
from twofold.boundary import FormInput
from twofold.cache import recording_revalidations
from twofold.call import Call
from twofold.errors import Failure, NotFound, Redirect, Stale, ValidationFailed
from twofold.frames import Frames, failure_frame, frame, redirect_frame, result_frame
from twofold.idempotency import KeyReused
from twofold.limiting import admit_within
from twofold.middleware import Step
from twofold.regions import PAGE, Show, Wish, have_of, refreshed
from twofold.responses import NO_STORE, as_failure, failure_headers, location_of, redirection

Around: TypeAlias = Callable[[Action[..., Any], Step], Step]
"""Puts an action's own middleware around the step that runs it."""

CALL_FIELD = "_tf_call"
"""The field by which a form that is sent again without the runtime names the same call."""

SENT_OTHERWISE = "This form was sent already, with other values. Check them and send it again"
REPLAYED = (b"idempotent-replayed", b"true")


class Submitted:
    """A submitted form: the page again after a failure, a redirect after a success; to the runtime, what has changed.

    Args:
        action_id: by which the page called it; a former one, where the page is of an older build.
        show: renders the page that holds the form.
        fail: answers what no form can show.
        is_runtime: whether the browser runtime sent it.
    """

    def __init__(self, action: Action[..., Any], action_id: str, show: Show, fail: Fail, *, is_runtime: bool) -> None:
        self.action = action
        self.action_id = action_id
        self.show = show
        self.fail = fail
        self.is_runtime = is_runtime

    async def answer(self, call: Call, around: Around) -> Response:
        """Read the form, run the action behind its guards, and answer."""
        form = await call.read_form(self.action.max_body_bytes, self.action.file_limits)
        capability, stale = _capability(form, self.action_id, call)
        submission = Submission(self.action.id, capability.instance, texts(form.pairs))
        if call.trace is not None:
            call.trace.action = self.action.id
        run = partial(self._outcome, call, form, capability, stale)
        return await answer(around(self.action, self._responder(call, form, submission, run)), call, self.fail)

    def _responder(self, call: Call, form: FormInput, submission: Submission, run: Run) -> Step:
        if not self.is_runtime:
            return partial(_ended, run, partial(self._page, call, submission))
        have, shown = have_of(form.pairs, call)
        wanted = frozenset({shown} if shown in have.regions else {PAGE})
        frames = partial(self._frames, call, submission, Wish(have, self.show, wanted))
        if isinstance(self.action, StreamAction):
            return lambda _: answer_streamed(run, frames)
        return partial(_ended, run, frames)

    async def _outcome(self, call: Call, form: FormInput, capability: Capability, stale: Failure | None) -> tuple[Outcome, bool]:
        try:
            await admit_within(self.action.limits, self.action.id, call)
            values = _decoded(self.action, form, capability, stale)
            sent = partial(form_fingerprint, self.action, form, capability.bound)
            sender = Sender(capability.session, _call_key(call, form) or capability.key, sent)
            return await _traced(run_once(self.action, values, call, sender), call, sender.key)
        except KeyReused:
            return Outcome(failure=KeyReused(SENT_OTHERWISE)), False
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the visitor's input is shown again
            return Outcome(failure=as_failure(error, call)), False

    async def _page(self, call: Call, submission: Submission, outcome: Outcome, is_replay: bool) -> Response:  # noqa: FBT001
        if outcome.failure is None:
            location = outcome.redirect or await page_with_receipt(call, self.action, submission.instance, outcome)
            return redirection(Redirect(location), [REPLAYED] if is_replay else [])
        if outcome.failure.status >= 500 and call.setup.settings.is_development:
            return await self.fail(outcome.failure, call)
        submission.failure = outcome.failure
        call.submission = submission
        response = await self.show(call, frozenset())
        if not submission.is_shown:
            # A failure that no form of the page shows must not look like a page where nothing happened.
            return await self.fail(outcome.failure, call)
        response.raw_headers.extend(one for one in failure_headers(outcome.failure) if one != NO_STORE)
        return response

    async def _frames(
        self,
        call: Call,
        submission: Submission,
        wish: Wish,
        outcome: Outcome,
        is_replay: bool,  # noqa: FBT001
    ) -> Frames:
        extra = [REPLAYED] if is_replay else []
        if outcome.redirect is not None:
            document = await _destination(call, outcome.redirect)
            return Frames([redirect_frame(outcome.redirect), *document, *_trace_of_redirect(call)], None, 200, extra)
        call.submission = submission
        submission.failure = outcome.failure
        submission.data = outcome.data if outcome.failure is None else None
        receipt = await keep_receipt(call, self.action, submission)
        told = [frame(receipt=receipt)] if receipt else []
        if outcome.failure is not None:
            headers = [one for one in failure_headers(outcome.failure) if one != NO_STORE]
            first = [failure_frame(outcome.failure, call), *told]
            return Frames(first, refreshed(call, wish), outcome.failure.status, [*extra, *headers])
        return Frames([result_frame(outcome.data), *told], refreshed(call, wish.after_success()), 200, extra)


async def _ended(run: Run, respond: Callable[[Outcome, bool], Awaitable[Response]], _: Call) -> Response:
    return await respond(*await run())


async def _destination(call: Call, url: str) -> list[bytes]:
    """Give the page that a redirect leads to, so that the browser need not ask for it; nothing where it is not ours."""
    url = location_of(url)
    document = await call.setup.visit(call, url)
    return [] if document is None else [frame(document=document, url=url)]


def _trace_of_redirect(call: Call) -> list[bytes]:
    return [] if call.trace is None else [frame(trace=call.trace.tell({}, otherwise="the redirect leads to its page"))]


async def _traced(run: Awaitable[tuple[Outcome, bool]], call: Call, key: str) -> tuple[Outcome, bool]:
    """Wait for the end of a run, and in development note what it was."""
    if call.trace is None:
        return await run
    call.trace.key = key
    with recording_revalidations(call.trace.written):
        outcome, call.trace.is_replay = await run
    return outcome, call.trace.is_replay


def _call_key(call: Call, form: FormInput) -> str | None:
    """Give the key that the runtime minted for this submission; None where the form's own counts."""
    key = call.header(CLIENT_HEADER) or next((text for name, text in form.pairs if name == CALL_FIELD), None)
    if key is not None and not is_call_key(key):
        raise malformed_key()
    return key


def malformed_key() -> ValidationFailed:
    """Give the refusal of a call key that is none."""
    return ValidationFailed("The call key is malformed", fields={"Twofold-Call": ["Must be 16 to 64 of A-Z a-z 0-9 _ -"]})


def _capability(form: FormInput, action_id: str, call: Call) -> tuple[Capability, Failure | None]:
    tokens = [text for name, text in form.pairs if name == FIELD]
    if len(tokens) != 1:
        raise NotFound
    context = context_of(action_id, call.pattern)
    capability, stale = open_capability(call.setup.keys, tokens[0], context, int(call.setup.clock()))
    if capability.session is not None and capability.session != call.session.identity:
        stale = Stale(details="session")
    return capability, stale


def _decoded(action: Action[..., Any], form: FormInput, capability: Capability, stale: Failure | None) -> dict[str, Any]:
    if stale is not None:
        raise stale
    if form.refusal is not None:
        raise form.refusal
    try:
        return action.arguments.validate_form(form, capability.bound)
    except ValidationFailed as error:
        if capability.schema == action.arguments.schema_hash:
            raise
        # The page is of another build: what fails may be what it did not ask for.
        raise Stale(fields=error.fields, details="schema") from error
