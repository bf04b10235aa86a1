"""Which store grants the locks here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from twofold.locks.memory import MemoryStore
from twofold.locks.store import Store

store_here: ContextVar[Store] = ContextVar("twofold_lock_store", default=MemoryStore())  # noqa: B039 - the process's own


def current_store() -> Store:
    """Give the store that grants locks here; where none was chosen, the memory of this process."""
    return store_here.get()


@contextmanager
def use(store: Store) -> Iterator[Store]:
    """Let this store grant the locks inside the block."""
    token = store_here.set(store)
    try:
        yield store
    finally:
        store_here.reset(token)
