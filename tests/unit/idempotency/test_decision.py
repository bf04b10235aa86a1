"""The table of what a call may do, row by row."""

from __future__ import annotations

import pytest

from twofold.idempotency import Claimed, Decision, Done, State, decide

SAME, OTHER = b"same", b"other"
NOW = 100.0
IN_FLIGHT = Claimed(SAME, fence=1, lease_until=NOW + 1)
CRASHED = Claimed(SAME, fence=1, lease_until=NOW)
COMPLETED = Done(SAME, b"outcome", expires_at=NOW + 1)
EXPIRED = Done(SAME, b"outcome", expires_at=NOW)


@pytest.mark.parametrize(
    ("state", "fingerprint", "decision"),
    [
        pytest.param(None, SAME, Decision.EXECUTE, id="absent"),
        pytest.param(IN_FLIGHT, SAME, Decision.WAIT, id="in flight, same payload"),
        pytest.param(IN_FLIGHT, OTHER, Decision.MISMATCH, id="in flight, other payload"),
        pytest.param(CRASHED, SAME, Decision.TAKEOVER, id="lease expired, same payload"),
        pytest.param(CRASHED, OTHER, Decision.MISMATCH, id="lease expired, other payload"),
        pytest.param(COMPLETED, SAME, Decision.REPLAY, id="completed, same payload"),
        pytest.param(COMPLETED, OTHER, Decision.MISMATCH, id="completed, other payload"),
        pytest.param(EXPIRED, SAME, Decision.EXECUTE, id="forgotten, same payload"),
        pytest.param(EXPIRED, OTHER, Decision.EXECUTE, id="forgotten, other payload"),
    ],
)
def test_a_call_gets_the_decision_of_the_table(state: State, fingerprint: bytes, decision: Decision) -> None:
    assert decide(state, fingerprint, NOW) is decision


def test_every_decision_names_its_reason() -> None:
    assert {decision.value for decision in Decision} == {"absent", "in-flight", "completed", "other-payload", "lease-expired"}
