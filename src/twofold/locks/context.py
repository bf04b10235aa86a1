"""Which store grants the locks here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from twofold.locks.memory import MemoryStore
from twofold.locks.store import Store

_store: ContextVar[Store | None] = ContextVar("twofold_lock_store", default=None)


class _Process:
    """The store of a process that has chosen none: made when it is first needed."""

    store: Store | None = None


def set_default_store(store: Store | None) -> None:
    """Set the store of this process; None brings back a memory store of its own."""
    _Process.store = store


def current_store() -> Store:
    """Give the store that grants locks here."""
    store = _store.get()
    if store is None:
        store = _Process.store
    if store is None:
        store = _Process.store = MemoryStore()
    return store


@contextmanager
def use(store: Store) -> Iterator[Store]:
    """Let this store grant the locks inside the block."""
    token = _store.set(store)
    try:
        yield store
    finally:
        _store.reset(token)
