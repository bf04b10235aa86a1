"""Limits: at most so many requests within any window of time, exact under concurrency.

`@limit("10/minute")` is how route handlers and actions use them. A `Store` counts: the memory of this process, or a server
that several processes share.
"""

from __future__ import annotations

from twofold.limits.memory import MemoryStore
from twofold.limits.rate import Rate, parse_rate
from twofold.limits.standing import Standing, standings
from twofold.limits.store import Allowance, Store

__all__ = ["Allowance", "MemoryStore", "Rate", "Standing", "Store", "parse_rate", "standings"]
