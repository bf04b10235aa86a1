"""What all schemes check alike, each with the reasons for which it refuses.

A decision is a pure function that gives None when everything holds, and otherwise the reason; `require` makes the one
answer to all of them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from typing import Final

from twofold.errors import AuthRequired, Forbidden

MISSING: Final = "signature-missing"
DUPLICATE: Final = "signature-duplicate"
TOO_LONG: Final = "signature-too-long"
MALFORMED: Final = "signature-malformed"
UNKNOWN_SCHEME: Final = "signature-scheme-unknown"
MISMATCH: Final = "signature-mismatch"
TIME_MALFORMED: Final = "timestamp-malformed"
TOO_OLD: Final = "timestamp-too-old"
TOO_NEW: Final = "timestamp-in-the-future"
ID_MALFORMED: Final = "id-malformed"

MAX_HEADER_BYTES: Final = 4096

# Digits of bytes are ASCII, so no other script's digits pass; twelve of them reach the year 33658.
_TIME: Final = re.compile(rb"[0-9]{1,12}")


def hmac_sha256_hex(secret: bytes, body: bytes) -> str:
    """Sign a body. Source: RFC 2104, with test vectors in RFC 4231."""
    return hmac.digest(secret, body, "sha256").hex()


def sole_value(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Give the value of a signature header that must be there exactly once.

    Args:
        name: in lower case.

    Raises:
        AuthRequired: it is not there.
        Forbidden: it is there twice, or is longer than 4 KB.
    """
    values = [value for candidate, value in headers if candidate.lower() == name]
    if not values:
        raise AuthRequired("This request needs a signature", details=MISSING)
    if len(values) > 1:
        raise refused(DUPLICATE)
    if len(values[0]) > MAX_HEADER_BYTES:
        raise refused(TOO_LONG)
    return values[0]


def sole_values(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> list[bytes]:
    """Give the values of headers that must each be there exactly once; see `sole_value`."""
    received = tuple(headers)
    return [sole_value(received, name) for name in names]


def timestamp_reason(text: bytes, now: float, tolerance_seconds: float) -> str | None:
    """Decide whether the time that was signed is near enough, in both directions.

    Args:
        text: seconds since the epoch, in one to twelve digits and nothing else.
        now: seconds since the epoch.
    """
    if not _TIME.fullmatch(text):
        return TIME_MALFORMED
    age_seconds = now - int(text)
    if age_seconds > tolerance_seconds:
        return TOO_OLD
    # A time to come would let a captured request be sent again for as long as its sender likes.
    return TOO_NEW if -age_seconds > tolerance_seconds else None


def signature_reason(received: Sequence[bytes], expected: Sequence[bytes]) -> str | None:
    """Decide whether one of the received signatures is one of the expected.

    Args:
        received: those of the known scheme; the others are left out.
        expected: one for each secret.
    """
    if not received:
        return UNKNOWN_SCHEME
    # Bytes, because compare_digest raises TypeError for text outside ASCII. All are compared, so that the time does not
    # tell which one fits.
    matches = [hmac.compare_digest(one, other) for one in received for other in expected]
    return None if any(matches) else MISMATCH


def refused(reason: str) -> Forbidden:
    """Make the one answer to every signature that does not hold."""
    return Forbidden("The signature does not hold", details=reason)


def require(reason: str | None) -> None:
    """Refuse for a reason; None is none.

    Raises:
        Forbidden: there is one.
    """
    if reason is not None:
        raise refused(reason)
