"""A store of its own for each test, on a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from twofold.cache import MemoryStore, set_default_store
from twofold.testing.clock import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(0)


@pytest.fixture
def store(clock: FrozenClock) -> Iterator[MemoryStore]:
    store = MemoryStore(clock=clock)
    set_default_store(store)
    yield store
    set_default_store(None)
