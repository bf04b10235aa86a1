from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from twofold.randomness import POOL_BYTES, random_bytes, random_text


@pytest.mark.parametrize("size", [8, 12, 16, POOL_BYTES - 1, POOL_BYTES, 2 * POOL_BYTES])
def test_no_bytes_are_given_twice_whatever_is_asked_for(size: int) -> None:
    given = [random_bytes(size) for _ in range(50)]
    assert {len(one) for one in given} == {size}
    parts = [one[at : at + 8] for one in given for at in range(0, len(one) - 7, 8)]
    assert len(set(parts)) == len(parts)


def test_threads_are_given_different_ones() -> None:
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: random_bytes(12), range(5_000)))
    assert len(set(given)) == len(given)


def test_text_is_url_safe_and_as_long_as_its_bytes_ask() -> None:
    assert len(random_text(12)) == 16
    assert len(random_text(16)) == 22
    assert set("".join(random_text(16) for _ in range(200))) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )


def test_a_fork_is_given_others_than_its_parent() -> None:
    random_bytes(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) != random_bytes(16)
    os.close(reading)
    os.close(writing)
