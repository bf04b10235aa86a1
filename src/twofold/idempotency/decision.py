"""What to do with a call, given what its key has seen: a pure decision with a named reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest
from typing import TypeAlias


@dataclass(slots=True)  # frozen ones take a microsecond to make
class Claimed:
    """A call that has begun and not ended.

    Args:
        fence: grows with every claim of this key; the holder of an older one can no longer complete it.
        lease_until: on the store's clock, in seconds; later than this the holder counts as crashed.
    """

    fingerprint: bytes
    fence: int
    lease_until: float


@dataclass(slots=True)  # frozen ones take a microsecond to make
class Done:
    """A call whose outcome is kept.

    Args:
        expires_at: on the store's clock, in seconds; later than this the key is forgotten.
    """

    fingerprint: bytes
    outcome: bytes
    expires_at: float


State: TypeAlias = Claimed | Done | None
"""What a store knows of a key; None is ABSENT."""


class Decision(Enum):
    """What to do with a call; the value is the reason."""

    EXECUTE = "absent"
    WAIT = "in-flight"
    REPLAY = "completed"
    MISMATCH = "other-payload"
    TAKEOVER = "lease-expired"


def decide(state: State, fingerprint: bytes, now: float) -> Decision:
    """Decide what a call may do.

    Args:
        fingerprint: of the call that asks.
        now: on the clock that stamped the state, in seconds.
    """
    if state is None or (isinstance(state, Done) and now >= state.expires_at):
        return Decision.EXECUTE
    # The payload is compared before the lease: a crashed call may have had its effect, and another payload
    # under the same key is never a retry of it.
    if not compare_digest(state.fingerprint, fingerprint):
        return Decision.MISMATCH
    if isinstance(state, Done):
        return Decision.REPLAY
    return Decision.TAKEOVER if now >= state.lease_until else Decision.WAIT
