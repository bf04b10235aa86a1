"""How often: what is a rate, and how a caller stands."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.errors import ConfigurationError
from twofold.limits import Rate, Standing, parse_rate, standings


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/minute", Rate(10, 60)),
        ("1/second", Rate(1, 1)),
        ("100/hour", Rate(100, 3600)),
        ("5/10s", Rate(5, 10)),
        ("5/10 seconds", Rate(5, 10)),
        ("1000/2 days", Rate(1000, 172_800)),
        ("7/m", Rate(7, 60)),
        ("100000/d", Rate(100_000, 86_400)),
    ],
)
def test_a_rate_is_read(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


NO_RATES = ["", "10", "0/minute", "-1/minute", "10/0s", "10/week", "10 per minute", "1.5/m", "010/minute", "\uff11/minute", 10]


@pytest.mark.parametrize("text", NO_RATES)
def test_what_is_no_rate_is_refused_with_the_form(text: Any) -> None:
    with pytest.raises(ConfigurationError, match="write it like"):
        parse_rate(text)


def test_a_rate_that_takes_too_much_memory_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="limit a shorter time"):
        parse_rate("100001/day")


@pytest.mark.parametrize(
    ("accepted", "now", "expected"),
    [
        pytest.param([], 5.0, Standing(True, 1, 10.0), id="nobody came"),
        pytest.param([3.0], 5.0, Standing(True, 0, 8.0), id="the last one"),
        pytest.param([3.0, 4.0], 5.0, Standing(False, 0, 8.0), id="none left"),
        pytest.param([3.0, 4.0, 4.0], 5.0, Standing(False, 0, 9.0), id="more than the rate, so one more has to go"),
        pytest.param([5.0], 5.0, Standing(True, 0, 10.0), id="at the same moment"),
    ],
)
def test_how_a_caller_stands(accepted: list[float], now: float, expected: Standing) -> None:
    assert standings([(accepted, Rate(2, 10))], now) == (expected,)


def test_a_request_that_one_limit_refuses_takes_nothing_from_the_others() -> None:
    counted = [([4.0], Rate(1, 10)), ([3.0], Rate(5, 60)), ([], Rate(5, 60))]
    assert standings(counted, 5.0) == (Standing(False, 0, 9.0), Standing(True, 4, 58.0), Standing(True, 5, 0.0))


def test_the_wait_is_never_longer_than_the_window() -> None:
    now = 1_700_000_000.1 + 0.2
    assert standings([([now], Rate(1, 60))], now)[0].reset_seconds == 60
