from __future__ import annotations

import signal

import pytest

from twofold.cli.crew import LONGEST_DELAY_SECONDS, STABLE_SECONDS, delay_seconds, ending, failures_after

DELAYS = [(0, 0), (1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (10_000, 30)]


@pytest.mark.parametrize(("failures", "seconds"), DELAYS)
def test_each_failure_in_a_row_doubles_the_wait(failures: int, seconds: float) -> None:
    assert delay_seconds(failures) == seconds


def test_the_wait_has_an_end() -> None:
    assert delay_seconds(1_000_000) == LONGEST_DELAY_SECONDS


@pytest.mark.parametrize(
    ("failures", "lived_seconds", "count"),
    [(0, 0, 1), (3, 0, 4), (3, STABLE_SECONDS - 1, 4), (3, STABLE_SECONDS, 0), (0, 1_000_000, 0)],
)
def test_who_lived_long_enough_starts_a_new_row(failures: int, lived_seconds: float, count: int) -> None:
    assert failures_after(failures, lived_seconds) == count


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "ended with 0"),
        (78, "ended with 78"),
        (-signal.SIGKILL, "was ended by SIGKILL"),
        (-200, "was ended by signal 200"),
    ],
)
def test_an_end_is_told_in_words(code: int, text: str) -> None:
    assert ending(code) == text
