"""At most one effect for each key, and the same answer for each duplicate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from support.virtual_time import virtual_time
from twofold.errors import Conflict, ContractError, NotFound, Redirect, StoreUnavailable
from twofold.idempotency import Begun, KeyReused, MemoryStore, NotStored, Outcome, Store, drain, once
from twofold.idempotency.once import MAX_OUTCOME_BYTES


class Effect:
    """Count its runs; take some seconds for each."""

    def __init__(self, seconds: float = 0, answer: bytes | NotStored | BaseException = b"answer") -> None:
        self.seconds = seconds
        self.answer = answer
        self.begun = 0
        self.ended = 0

    async def __call__(self) -> bytes | NotStored:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        if isinstance(self.answer, BaseException):
            raise self.answer
        self.ended += 1
        return self.answer


def memory() -> MemoryStore:
    return MemoryStore(clock=asyncio.get_running_loop().time)


async def call(store: Store, effect: Effect, *, payload: bytes = b"payload", wait_seconds: float = 10) -> Outcome:
    return await once(store, "identity", payload, effect, wait_seconds=wait_seconds)


FIRST, REPLAY = Outcome(b"answer", is_replay=False), Outcome(b"answer", is_replay=True)


@virtual_time
async def test_a_duplicate_gets_the_first_outcome() -> None:
    store, effect = memory(), Effect()
    assert await call(store, effect) == FIRST
    assert await call(store, effect) == REPLAY
    assert effect.begun == 1


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\x01", b"x" * MAX_OUTCOME_BYTES], ids=["empty", "0", "1", "largest"])
@virtual_time
async def test_any_answer_is_replayed_byte_for_byte(answer: bytes) -> None:
    store, effect = memory(), Effect(answer=answer)
    await call(store, effect)
    assert (await call(store, effect)).payload == answer


@virtual_time
async def test_an_answer_too_large_to_keep_is_given_once_and_never_run_twice(caplog: pytest.LogCaptureFixture) -> None:
    store, effect = memory(), Effect(answer=b"x" * (MAX_OUTCOME_BYTES + 1))
    assert (await call(store, effect)).payload == effect.answer
    with pytest.raises(Conflict, match="already processed"):
        await call(store, effect)
    assert effect.begun == 1
    assert "too large to keep" in caplog.text


@virtual_time
async def test_fifty_parallel_duplicates_run_once() -> None:
    store, effect = memory(), Effect(seconds=5)
    outcomes = await asyncio.gather(*(call(store, effect) for _ in range(50)))
    assert effect.begun == 1
    assert outcomes.count(FIRST) == 1
    assert outcomes.count(REPLAY) == 49


@virtual_time
async def test_a_duplicate_waits_no_longer_than_told() -> None:
    store, effect = memory(), Effect(seconds=100)
    first = asyncio.create_task(call(store, effect))
    await asyncio.sleep(1)
    with pytest.raises(Conflict) as refusal:
        await call(store, effect, wait_seconds=7)
    assert refusal.value.retry_after == 1
    assert refusal.value.status == 409
    assert 8 <= asyncio.get_running_loop().time() < 9
    assert await first == FIRST


@virtual_time
async def test_a_duplicate_that_may_not_wait_is_refused_at_once() -> None:
    store, effect = memory(), Effect(seconds=5)
    first = asyncio.create_task(call(store, effect))
    await asyncio.sleep(1)
    with pytest.raises(Conflict):
        await call(store, effect, wait_seconds=0)
    assert asyncio.get_running_loop().time() == 1
    await first


@virtual_time
async def test_another_payload_is_refused_before_and_after_completion() -> None:
    store, effect = memory(), Effect(seconds=5)
    first = asyncio.create_task(call(store, effect))
    await asyncio.sleep(1)
    with pytest.raises(KeyReused) as refusal:
        await call(store, effect, payload=b"other")
    assert (refusal.value.status, refusal.value.code) == (422, "KEY_REUSED")
    await first
    with pytest.raises(KeyReused):
        await call(store, effect, payload=b"other")
    assert effect.begun == 1


@pytest.mark.parametrize(
    "failure",
    [ValueError("no"), ContractError("no"), NotFound("no"), Redirect("/"), asyncio.CancelledError(), TimeoutError()],
    ids=lambda failure: type(failure).__name__,
)
@virtual_time
async def test_a_failure_reaches_its_caller_and_a_retry_runs(failure: BaseException) -> None:
    store = memory()
    with pytest.raises(type(failure)):
        await call(store, Effect(answer=failure))
    assert len(store) == 0
    assert await call(store, Effect()) == FIRST


@virtual_time
async def test_an_answer_that_is_not_stored_lets_a_retry_run_with_any_payload() -> None:
    store = memory()
    assert await call(store, Effect(answer=NotStored(b"invalid"))) == Outcome(b"invalid", is_replay=False)
    assert await call(store, Effect(), payload=b"corrected") == FIRST


@virtual_time
async def test_a_waiting_duplicate_runs_when_the_first_fails() -> None:
    store, failing, effect = memory(), Effect(5, ValueError("no")), Effect(5)
    first = asyncio.create_task(call(store, failing))
    await asyncio.sleep(1)
    duplicates = [asyncio.create_task(call(store, effect, wait_seconds=20)) for _ in range(3)]
    with pytest.raises(ValueError, match="no"):
        await first
    outcomes = await asyncio.gather(*duplicates)
    assert effect.begun == 1
    assert outcomes.count(FIRST) == 1


@virtual_time
async def test_the_effect_survives_a_caller_that_goes_away() -> None:
    store, effect = memory(), Effect(seconds=5)
    caller = asyncio.create_task(call(store, effect))
    await asyncio.sleep(1)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert effect.ended == 0
    assert await call(store, effect) == REPLAY
    assert effect.begun == effect.ended == 1


@virtual_time
async def test_a_waiting_duplicate_that_goes_away_leaves_the_first_alone() -> None:
    store, effect = memory(), Effect(seconds=5)
    first = asyncio.create_task(call(store, effect))
    duplicate = asyncio.create_task(call(store, effect))
    await asyncio.sleep(1)
    duplicate.cancel()
    assert await first == FIRST
    assert duplicate.cancelled()


class Steps:
    """An effect of several awaits that is cancelled from within at one of them."""

    def __init__(self, cancelled_at: int | None = None) -> None:
        self.cancelled_at = cancelled_at
        self.commits = 0

    async def __call__(self) -> bytes:
        for step in range(5):
            await asyncio.sleep(1)
            if step == self.cancelled_at:
                raise asyncio.CancelledError
        self.commits += 1
        return b"answer"


@pytest.mark.parametrize("step", range(5))
@virtual_time
async def test_an_effect_cancelled_at_any_await_frees_its_key(step: int) -> None:
    store = memory()
    with pytest.raises(asyncio.CancelledError):
        await once(store, "identity", b"payload", Steps(cancelled_at=step))
    assert len(store) == 0
    retry = Steps()
    assert await once(store, "identity", b"payload", retry) == FIRST
    assert retry.commits == 1


@pytest.mark.parametrize("turns", range(20))
@virtual_time
async def test_a_caller_cancelled_at_any_await_leaves_one_effect(turns: int) -> None:
    store, effect = memory(), Steps()
    caller = asyncio.create_task(once(store, "identity", b"payload", effect))
    for _ in range(turns):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    assert (await once(store, "identity", b"payload", effect)).payload == b"answer"
    assert effect.commits == 1


@virtual_time
async def test_an_effect_longer_than_its_lease_is_not_taken_over() -> None:
    store, effect = memory(), Effect(seconds=600)
    first = asyncio.create_task(call(store, effect))
    await asyncio.sleep(500)
    with pytest.raises(Conflict):
        await call(store, effect, wait_seconds=1)
    assert await first == FIRST
    assert effect.begun == 1


@virtual_time
async def test_nothing_keeps_running_after_the_answer() -> None:
    await call(memory(), Effect())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual_time
async def test_the_outcome_is_forgotten_after_its_time() -> None:
    store, effect = memory(), Effect()
    await once(store, "identity", b"payload", effect, ttl_seconds=60)
    await asyncio.sleep(60)
    assert await once(store, "identity", b"payload", effect, ttl_seconds=60) == FIRST
    assert effect.begun == 2


seen: ContextVar[list[str]] = ContextVar("seen")


@virtual_time
async def test_the_effect_sees_the_context_of_its_caller() -> None:
    async def effect() -> bytes:
        seen.get().append("effect")
        return b""

    seen.set([])
    await once(memory(), "identity", b"payload", effect)
    assert seen.get() == ["effect"]


@virtual_time
async def test_a_failure_after_the_caller_has_gone_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caller = asyncio.create_task(call(memory(), Effect(5, ValueError("late failure"))))
    await asyncio.sleep(1)
    caller.cancel()
    await asyncio.sleep(10)
    assert "after its caller had gone" in caplog.text
    assert "late failure" in caplog.text


@virtual_time
async def test_a_refusal_after_the_caller_has_gone_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    caller = asyncio.create_task(call(memory(), Effect(5, ContractError("sold out"))))
    await asyncio.sleep(1)
    caller.cancel()
    await asyncio.sleep(10)
    assert caplog.records == []


@virtual_time
async def test_draining_waits_for_the_effects_of_callers_that_have_gone() -> None:
    effect = Effect(seconds=5)
    caller = asyncio.create_task(call(memory(), effect))
    await asyncio.sleep(1)
    caller.cancel()
    await drain(timeout_seconds=30)
    assert effect.ended == 1
    assert asyncio.get_running_loop().time() < 7


@virtual_time
async def test_draining_gives_up_in_time_and_ends_at_once_when_there_is_nothing() -> None:
    await drain(timeout_seconds=30)
    assert asyncio.get_running_loop().time() == 0
    caller = asyncio.create_task(call(memory(), Effect(seconds=50)))
    await asyncio.sleep(1)
    await drain(timeout_seconds=3)
    assert asyncio.get_running_loop().time() < 6
    await caller


class Failing(MemoryStore):
    """A store whose backend is gone for the named methods."""

    def __init__(self, clock: Callable[[], float], methods: set[str]) -> None:
        super().__init__(clock=clock)
        self.methods = methods

    def check(self, method: str) -> None:
        if method in self.methods:
            raise StoreUnavailable(method)

    async def begin(self, identity: str, fingerprint: bytes, *, lease_seconds: float) -> Begun:
        self.check("begin")
        return await super().begin(identity, fingerprint, lease_seconds=lease_seconds)

    async def renew(self, identity: str, fence: int, *, lease_seconds: float) -> bool:
        self.check("renew")
        return await super().renew(identity, fence, lease_seconds=lease_seconds)

    async def complete(self, identity: str, fence: int, outcome: bytes, *, ttl_seconds: float) -> bool:
        self.check("complete")
        return await super().complete(identity, fence, outcome, ttl_seconds=ttl_seconds)

    async def release(self, identity: str, fence: int) -> None:
        self.check("release")
        await super().release(identity, fence)


def failing(*methods: str) -> Failing:
    return Failing(asyncio.get_running_loop().time, set(methods))


@virtual_time
async def test_nothing_runs_while_the_store_cannot_answer() -> None:
    effect = Effect()
    with pytest.raises(StoreUnavailable):
        await call(failing("begin"), effect)
    assert effect.begun == 0


@virtual_time
async def test_an_effect_that_happened_is_reported_even_when_its_outcome_cannot_be_kept(caplog: pytest.LogCaptureFixture) -> None:
    store, effect = failing("complete"), Effect()
    assert await call(store, effect) == FIRST
    assert "could not be kept" in caplog.text
    with pytest.raises(Conflict):
        await call(store, effect)
    assert effect.begun == 1


@virtual_time
async def test_a_failure_is_not_hidden_by_a_key_that_cannot_be_released() -> None:
    with pytest.raises(ValueError, match="no"):
        await call(failing("release"), Effect(answer=ValueError("no")))


@virtual_time
async def test_a_lease_that_cannot_be_renewed_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    store, effect = failing("renew"), Effect(seconds=100)
    first = asyncio.create_task(call(store, effect))
    await asyncio.sleep(30)
    store.methods.clear()
    await asyncio.sleep(60)
    with pytest.raises(Conflict):
        await call(store, effect, wait_seconds=1)
    assert await first == FIRST
    assert effect.begun == 1
    assert "could not be renewed" in caplog.text


@virtual_time
async def test_a_call_that_was_taken_over_gives_the_answer_of_the_one_that_completed() -> None:
    store, slow = failing("renew"), Effect(100, b"slow")
    first = asyncio.create_task(call(store, slow))
    await asyncio.sleep(61)
    assert await call(store, Effect(answer=b"fast")) == Outcome(b"fast", is_replay=False)
    assert await first == Outcome(b"fast", is_replay=True)


@virtual_time
async def test_a_call_that_was_taken_over_by_one_in_flight_is_told_to_come_back() -> None:
    store = failing("renew")
    first = asyncio.create_task(call(store, Effect(100)))
    await asyncio.sleep(61)
    second = asyncio.create_task(call(store, Effect(50, b"second")))
    with pytest.raises(Conflict) as refusal:
        await first
    assert refusal.value.retry_after == 1
    assert (await second).payload == b"second"


@virtual_time
async def test_a_call_that_was_taken_over_by_one_that_failed_keeps_its_own_answer() -> None:
    store = failing("renew")
    first = asyncio.create_task(call(store, Effect(100)))
    await asyncio.sleep(61)
    with pytest.raises(ValueError, match="no"):
        await call(store, Effect(answer=ValueError("no")))
    assert await first == FIRST
    assert await call(store, Effect()) == REPLAY
