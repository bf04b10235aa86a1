"""When to ask a server that does not answer."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 3
"""In a row, until the server counts as down."""

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0


class Breaker:
    """Let everyone through while the server answers, and one at a time to find out when it answers again.

    Args:
        clock: seconds from any start.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._closed_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the server counts as down."""
        return self._failures >= FAILURES

    def admits(self) -> bool:
        """Whether to ask now; whoever is let through while it is down holds the others off for the next pause."""
        if not self.is_open:
            return True
        now = self._clock()
        if now < self._closed_until:
            return False
        self._closed_until = now + self._pause_seconds
        return True

    def succeed(self) -> bool:
        """Note an answer; True when the server was down until now."""
        was_open = self.is_open
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        return was_open

    def fail(self) -> bool:
        """Note a failure; True when the server counts as down from now on."""
        self._failures += 1
        if self._failures > FAILURES:
            self._pause_seconds = min(self._pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        if self.is_open:
            self._closed_until = self._clock() + self._pause_seconds
        return self._failures == FAILURES
