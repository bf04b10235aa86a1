"""How often: `10/minute`."""

from __future__ import annotations

import re
from typing import NamedTuple

from twofold.errors import ConfigurationError

UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
SHORT = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
MAX_COUNT = 100_000
"""Every accepted request of the window is remembered, so that the count is exact."""

_FORM = re.compile(r"([1-9][0-9]{0,5})/(?:([1-9][0-9]{0,3}) ?)?(second|minute|hour|day|s|m|h|d)s?")


class Rate(NamedTuple):
    """A number of requests and the window in which they may come.

    Attributes:
        window_seconds: the length of every window, wherever it begins.
    """

    requests: int
    window_seconds: int


def parse_rate(text: str) -> Rate:
    """Read a rate: `10/minute`, `100/hour`, `5/10s`, `1000/2 days`.

    Raises:
        ConfigurationError: it is none.
    """
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ConfigurationError(f'{text!r} is no rate; write it like "10/minute", "100/hour" or "5/10s"')
    count, times, unit = found.groups()
    if int(count) > MAX_COUNT:
        raise ConfigurationError(f"{text!r} allows more than {MAX_COUNT:,} requests; limit a shorter time")
    return Rate(int(count), int(times or 1) * UNITS[SHORT.get(unit, unit)])
