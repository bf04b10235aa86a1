from __future__ import annotations

import pytest

from twofold.errors import Forbidden
from twofold.webhooks.checks import require, signature_reason, sole_values, timestamp_reason

NOW = 1_800_000_000.5
TOLERANCE_SECONDS = 300


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"1800000000", None),
        (b"1799999701", None),
        (b"1800000300", None),
        (b"01800000000", None),
        (b"1799999700", "timestamp-too-old"),
        (b"1800000301", "timestamp-in-the-future"),
        (b"0", "timestamp-too-old"),
        (b"999999999999", "timestamp-in-the-future"),
        (b"1800000000000", "timestamp-malformed"),
        (b"", "timestamp-malformed"),
        (b" 1800000000", "timestamp-malformed"),
        (b"1800000000 ", "timestamp-malformed"),
        (b"1800000000\n", "timestamp-malformed"),
        (b"1800000000.9", "timestamp-malformed"),
        (b"18e8", "timestamp-malformed"),
        (b"+1800000000", "timestamp-malformed"),
        (b"-1800000000", "timestamp-malformed"),
        (b"1_800_000_000", "timestamp-malformed"),
        (b"0x6b49d200", "timestamp-malformed"),
        (b"inf", "timestamp-malformed"),
        (b"nan", "timestamp-malformed"),
        (b"1800000000".replace(b"8", "\N{FULLWIDTH DIGIT EIGHT}".encode()), "timestamp-malformed"),
        ("٣".encode(), "timestamp-malformed"),
        (b"\xff", "timestamp-malformed"),
        (b"2027-01-15T08:00:00Z", "timestamp-malformed"),
    ],
)  # fmt: skip
def test_time_is_near_and_written_in_one_way(text: bytes, reason: str | None) -> None:
    assert timestamp_reason(text, NOW, TOLERANCE_SECONDS) == reason


@pytest.mark.parametrize("off", [299.0, 300.0])
def test_tolerance_itself_is_tolerated_both_ways(off: float) -> None:
    assert timestamp_reason(b"1000", 1000 + off, 300) is None
    assert timestamp_reason(b"1000", 1000 - off, 300) is None


def test_just_beyond_the_tolerance_is_refused_both_ways() -> None:
    assert timestamp_reason(b"1000", 1300.001, 300) == "timestamp-too-old"
    assert timestamp_reason(b"1000", 699.999, 300) == "timestamp-in-the-future"


@pytest.mark.parametrize(
    ("received", "expected", "reason"),
    [
        ([], [b"a"], "signature-scheme-unknown"),
        ([b"a"], [b"a"], None),
        ([b"a"], [b"b"], "signature-mismatch"),
        ([b"x", b"a"], [b"b", b"a"], None),
        ([b"a", b"x"], [b"a", b"b"], None),
        ([b"", b"a "], [b"a"], "signature-mismatch"),
        (["é".encode()], [b"a"], "signature-mismatch"),
        ([b"a" * 4096], [b"a"], "signature-mismatch"),
    ],
)
def test_one_signature_that_fits_is_enough(received: list[bytes], expected: list[bytes], reason: str | None) -> None:
    assert signature_reason(received, expected) == reason


def test_headers_may_come_from_an_iterator() -> None:
    headers = iter([(b"B", b"2"), (b"x", b"0"), (b"a", b"1")])
    assert sole_values(headers, b"a", b"b") == [b"1", b"2"]


def test_a_reason_is_refused_and_none_is_not() -> None:
    require(None)
    with pytest.raises(Forbidden) as caught:
        require("signature-mismatch")
    assert (caught.value.message, caught.value.details) == ("The signature does not hold", "signature-mismatch")
