"""A store of its own for each test, on a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from twofold.cache import MemoryStore, set_default_store


class FrozenClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def store(clock: FrozenClock) -> Iterator[MemoryStore]:
    store = MemoryStore(clock=clock)
    set_default_store(store)
    yield store
    set_default_store(None)
