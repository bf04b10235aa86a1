"""How property tests look for examples (the same ones each time in CI, new ones by hand), and the server that tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# What tests share asserts too, and its assertions are rewritten like the tests' own: `python -O` removes neither.
pytest.register_assert_rewrite("support")

# A slow machine is no fault of the code: there are no deadlines, and what a test costs is bounded by its examples.
settings.register_profile("ci", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[object]:
    from support.valkey import running_valkey

    with running_valkey() as server:
        yield server


@pytest.fixture
def valkey(shared_valkey: object) -> object:
    """A running Valkey without any keys; a test that stops it starts one of its own with `running_valkey`."""
    from support.valkey import Valkey

    assert isinstance(shared_valkey, Valkey)
    with shared_valkey.client() as client:
        client.flushall()
    return shared_valkey
