"""How a caller stands: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twofold.limits.rate import Rate


class Standing(NamedTuple):
    """How a caller stands with one limit, at the moment of a request.

    Attributes:
        is_allowed: whether this limit lets the request pass.
        left: requests that may follow at once; zero for one that is refused.
        reset_seconds: until one more is possible than now.
    """

    is_allowed: bool
    left: int
    reset_seconds: float


def standing(accepted: Sequence[float], rate: Rate, now: float) -> Standing:
    """Decide about one request.

    Args:
        accepted: when earlier requests were accepted, oldest first, within the window that ends now. What was refused is
            not among them: whoever asks too often waits no longer for it.
        now: on the same clock, in seconds.
    """
    is_allowed = len(accepted) < rate.requests
    oldest = accepted[0] if accepted else now
    return Standing(is_allowed, max(0, rate.requests - len(accepted) - 1), max(0.0, oldest + rate.window_seconds - now))
