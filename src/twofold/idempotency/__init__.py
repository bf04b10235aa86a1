"""Calls happen once: a call key names a call, and its effect runs at most once however often it is sent.

    ABSENT ── begin ──► IN_FLIGHT ── complete ──► COMPLETED ── ttl, eviction ──► ABSENT
                          │  ▲ └── takeover: the lease expired, a higher fence
                          └──┴── release (exception, cancellation, nothing to store) ──► ABSENT

`once` walks this machine around an effect, `decide` is the rule inside it, and a `Store` keeps its state.
"""

from __future__ import annotations

from twofold.idempotency.decision import Claimed, Decision, Done, State, decide
from twofold.idempotency.keys import Part, fingerprint, identity, parse_key
from twofold.idempotency.memory import MemoryStore
from twofold.idempotency.once import KeyReused, NotStored, Outcome, drain, once
from twofold.idempotency.store import Begun, Completed, InFlight, Mismatched, Started, Store

__all__ = [
    "Begun",
    "Claimed",
    "Completed",
    "Decision",
    "Done",
    "InFlight",
    "KeyReused",
    "MemoryStore",
    "Mismatched",
    "NotStored",
    "Outcome",
    "Part",
    "Started",
    "State",
    "Store",
    "decide",
    "drain",
    "fingerprint",
    "identity",
    "once",
    "parse_key",
]
