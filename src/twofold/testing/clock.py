"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime

from twofold.errors import ConfigurationError


class FrozenClock:
    """A clock that stands still until a test moves it.

        clock = FrozenClock()
        async with Client(app, clock=clock) as client:
            clock.tick(15 * 60)

    Called, it gives seconds since the epoch, as `time.time` does.

    Args:
        start: seconds since the epoch, or a time with its zone.
    """

    def __init__(self, start: float | datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> None:
        if isinstance(start, datetime) and start.tzinfo is None:
            raise ConfigurationError("FrozenClock(start): the time has no zone; write datetime(..., tzinfo=UTC)")
        self._seconds = start.timestamp() if isinstance(start, datetime) else float(start)

    def __call__(self) -> float:
        """Give the time, in seconds since the epoch."""
        return self._seconds

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return datetime.fromtimestamp(self._seconds, UTC)

    def tick(self, seconds: float) -> None:
        """Move on.

        Raises:
            ConfigurationError: back, which the clocks that this one stands for never go.
        """
        if seconds < 0:
            raise ConfigurationError(f"tick({seconds}): a clock does not go back; make a new one")
        self._seconds += seconds
