"""How a caller stands: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twofold.limits.rate import Rate


class Standing(NamedTuple):
    """How a caller stands with one limit, after a request.

    Attributes:
        is_allowed: whether this limit lets the request pass.
        left: requests that may follow at once.
        reset_seconds: until one more than these is possible; zero where nothing counts.
    """

    is_allowed: bool
    left: int
    reset_seconds: float


Counted = tuple[Sequence[float], Rate]
"""When earlier requests were accepted, oldest first, within the window that ends now. What was refused is not among them:
whoever asks too often waits no longer for it."""


def standings(counted: Sequence[Counted], now: float) -> tuple[Standing, ...]:
    """Decide about one request, which counts for all of its limits when all of them allow it, and else for none.

    Args:
        counted: for each limit.
        now: on the same clock, in seconds.
    """
    is_counted = all(len(accepted) < rate.requests for accepted, rate in counted)
    return tuple([_standing(accepted, rate, now, is_counted=is_counted) for accepted, rate in counted])


def _standing(accepted: Sequence[float], rate: Rate, now: float, *, is_counted: bool) -> Standing:
    left = max(0, rate.requests - len(accepted) - is_counted)
    # Of more than the rate, the first to go frees nothing yet.
    freeing = max(0, len(accepted) - rate.requests)
    age_seconds = now - accepted[freeing] if accepted else 0 if is_counted else rate.window_seconds
    return Standing(len(accepted) < rate.requests, left, rate.window_seconds - age_seconds)
