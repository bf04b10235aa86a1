"""What a read depends on beside its arguments: the store, the page being rendered, an open transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import cast

from twofold.cache.memory import MemoryStore
from twofold.cache.paths import page_path
from twofold.cache.store import Store
from twofold.request_context import current_request
from twofold.scoped import Scoped

computing: ContextVar[str | None] = ContextVar("twofold_computing", default=None)
"""The cached function whose value is being computed. Whatever belongs to one visitor must refuse to be read then."""

current_path: ContextVar[str | None] = ContextVar("twofold_current_path", default=None)
"""The path of the page that renders, as `page_path` spells it."""

_is_bypassed: ContextVar[bool] = ContextVar("twofold_cache_is_bypassed", default=False)

_chosen: ContextVar[tuple[Store, object] | None] = ContextVar("twofold_cache_store", default=None)
"""The store that `use` chose, and the request in which it did: what is chosen around a request does not hold inside."""


class _Process:
    """The store of a process that has chosen none: made when it is first needed."""

    store: Store | None = None


def set_default_store(store: Store | None) -> None:
    """Set the store of this process; None brings back a memory store of its own."""
    _Process.store = store


def current_store() -> Store:
    """Give the store that cached functions use here."""
    chosen, request = _chosen.get(), current_request()
    if chosen is not None and chosen[1] is request:
        return chosen[0]
    if request is not None:
        return cast(Store, request.setup.cache_store)
    store = _Process.store
    if store is None:
        store = _Process.store = MemoryStore()
    return store


@contextmanager
def use(store: Store) -> Iterator[Store]:
    """Let cached functions use this store inside the block."""
    with Scoped(_chosen, (store, current_request())):
        yield store


def rendering(path: str) -> AbstractContextManager[object]:
    """Tell that the page at a path renders inside the block: `revalidate_path` of it makes cached reads here miss.

    Args:
        path: percent-decoded, without query.
    """
    return Scoped(current_path, page_path(path))


def bypass() -> AbstractContextManager[object]:
    """Compute every cached read inside the block directly and store nothing.

    For the time of a database transaction: it sees its own uncommitted rows, which nobody else may be served, or an
    older snapshot, which would be stored as if it were new.
    """
    return Scoped(_is_bypassed, value=True)


def is_bypassed() -> bool:
    """Whether reads here go around the cache."""
    return _is_bypassed.get()
