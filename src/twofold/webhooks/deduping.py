"""Events that count once, however often they come.

A sender that gets no answer sends again, and a signature does not say that an event is new. The first delivery runs, and
every other one of the same event gets its answer. Below this stands the app's store of call keys; what it promises, and
what only the app's own transaction can, is in docs/how-to/count-a-webhook-once.md.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

from twofold.boundary import Where
from twofold.cache import revalidation
from twofold.call import Call, current
from twofold.calling import as_async, is_async
from twofold.errors import ConfigurationError, ValidationFailed
from twofold.idempotency import NotStored, fingerprint, identity, once
from twofold.responses import NO_STORE
from twofold.webhooks.answers import Answers

F = TypeVar("F", bound=Callable[..., Any])

TTL_SECONDS: Final = 7 * 24 * 60 * 60
"""Longer than any of the usual senders tries again: Stripe for 3 days, Standard Webhooks for 76 hours."""

MAX_ID_LENGTH: Final = 255
REPLAYED: Final = ((b"idempotent-replayed", b"true"), NO_STORE)

_MARK: Final = "__twofold_dedupes__"
_MAX_ID_BITS: Final = 1024

# The id alone names the event. Senders change the rest when they send again, such as Stripe's `pending_webhooks`.
_FINGERPRINT: Final = fingerprint(method="POST", path="webhook")


def dedupe(*, by: Callable[..., str | int]) -> Callable[[F], F]:
    """Run the handler once for an event, and give every other delivery of it the same answer.

        @verify(Stripe(secret=env("STRIPE_SECRET")))
        @dedupe(by=lambda event: event.id)
        async def POST(event: PaymentEvent) -> Received: ...

    Deliveries that come at the same time wait for the first. A failure, or an answer that is no 2xx, is not kept: the
    sender's next try runs. Answers are kept for seven days in the app's store of call keys, and given again with
    `Idempotent-Replayed: true`.

    Write it below `@verify`: without a signature anybody could use up an id. If the process dies between the effect and the
    answer, the next delivery runs: to rule that out too, write the event's id in the transaction of the effect.

    Args:
        by: gives the id that the event keeps when it is sent again: a text of 1 to 255 characters, or a whole number. It
            takes parameters of the handler, by their names; a `LookupError` says that the event has no id.

    Raises:
        ConfigurationError: `by` asks for what the handler does not take, or the handler streams.
    """
    if not callable(by) or is_async(by):
        raise ConfigurationError(f"@dedupe(by={by!r}): give a function that gives the event's id, such as lambda event: event.id")
    wanted = tuple(inspect.signature(by).parameters)

    def declare(function: F) -> F:
        _check(function, wanted)
        return _deduped(function, by, wanted)

    return declare


def event_id(given: object) -> str:
    """Give an event's id as it is kept.

    Raises:
        ValidationFailed: it is no text of 1 to 255 characters and no whole number.
    """
    if isinstance(given, int) and not isinstance(given, bool) and given.bit_length() <= _MAX_ID_BITS:
        given = str(given)
    # A number of 1,024 bits has 309 digits: the length check is for it too.
    if not isinstance(given, str) or not 1 <= len(given) <= MAX_ID_LENGTH:
        raise ValidationFailed(f"The event needs an id: 1 to {MAX_ID_LENGTH} characters, or a whole number")
    return given


def _check(function: Callable[..., Any], wanted: tuple[str, ...]) -> None:
    where = Where.of(function)
    if hasattr(function, _MARK):
        raise where.refuse("@dedupe stands twice", "Remove one")
    taken = inspect.signature(function).parameters
    unknown = [name for name in wanted if name not in taken]
    if unknown or not wanted:
        what = f"@dedupe(by=...) takes {', '.join(unknown) or 'nothing'}, and the handler takes {', '.join(taken) or 'nothing'}"
        raise where.refuse(what, "Name its parameters as the handler does")


def is_deduped(function: Callable[..., Any]) -> bool:
    """Whether a handler counts each event once."""
    return getattr(function, _MARK, False) is True


def _deduped(function: F, by: Callable[..., str | int], wanted: tuple[str, ...]) -> F:
    answers = Answers(function)
    signature = inspect.signature(function)
    run = as_async(function)

    # The wrapped function's name and signature stay, so that the handler is bound, and shown, as it is written.
    @functools.wraps(function)
    async def deduped(*args: Any, **kwargs: Any) -> Any:
        call = current("@dedupe")
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            given = by(**{name: bound.arguments[name] for name in wanted})
        except LookupError:
            given = None
        return await _once(call, event_id(given), answers, functools.partial(run, *args, **kwargs))

    setattr(deduped, _MARK, True)
    return deduped  # type: ignore[return-value]


async def _once(call: Call, key: str, answers: Answers, run: Callable[[], Any]) -> Any:
    ran: list[Any] = []

    async def effect() -> bytes | NotStored:
        # Its own, because it goes on when its sender has hung up and the handler's has ended.
        async with revalidation():
            value = await run()
        ran.append(value)
        kept = answers.dump(value)
        return NotStored(b"") if kept is None else kept

    # What the signature proves is that the provider of this route sent it: ids of different routes never meet.
    call.key = identity("webhook", call.method, call.pattern, key)
    ended = await once(call.setup.idempotency_store, call.key, _FINGERPRINT, effect, ttl_seconds=TTL_SECONDS)
    if not ended.is_replay:
        return ran[0]
    call.tell(REPLAYED)
    return answers.load(ended.payload)
