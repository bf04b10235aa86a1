"""Locks: one at a time for each name, in the order of arrival, whoever calls.

`@action(lock="stock:{sku}")` holds one while the action runs; `hold` is the same for a part of a function.
A `Store` grants them: the memory of this process, or a server that several processes share.
"""

from __future__ import annotations

from twofold.locks.context import current_store, use
from twofold.locks.hold import Busy, Lease, hold
from twofold.locks.memory import MemoryStore
from twofold.locks.store import Store

__all__ = ["Busy", "Lease", "MemoryStore", "Store", "current_store", "hold", "use"]
