"""Which store grants the locks here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

from twofold.locks.memory import MemoryStore
from twofold.locks.store import Store
from twofold.request_context import current_request

_OF_PROCESS = MemoryStore()

_chosen: ContextVar[tuple[Store, object] | None] = ContextVar("twofold_lock_store", default=None)
"""The store that `use` chose, and the request in which it did."""


def current_store() -> Store:
    """Give the store that grants locks here; where none was chosen, the memory of this process."""
    chosen, request = _chosen.get(), current_request()
    if chosen is not None and chosen[1] is request:
        return chosen[0]
    return _OF_PROCESS if request is None else cast(Store, request.setup.lock_store)


@contextmanager
def use(store: Store) -> Iterator[Store]:
    """Let this store grant the locks inside the block."""
    token = _chosen.set((store, current_request()))
    try:
        yield store
    finally:
        _chosen.reset(token)
