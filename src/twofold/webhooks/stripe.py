"""Stripe's scheme: `Stripe-Signature: t=<time>,v1=<hex>` over `<time>.<body>`.

Source: https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twofold.webhooks.agreed import TOLERANCE_SECONDS, checked_secrets, checked_tolerance
from twofold.webhooks.checks import MALFORMED, hmac_sha256_hex, require, signature_reason, sole_value, timestamp_reason

_SIGNATURE: Final = "Stripe-Signature"
_TIME: Final = b"t="
_SCHEME: Final = b"v1="


class Stripe:
    """Verify webhooks of Stripe.

    While Stripe rolls a secret, its header holds one signature by each: one that holds is enough. Other schemes in the
    header (`v0`, of test mode) count for nothing.

    Args:
        secret: the endpoint's, such as `whsec_...`, used as it is written; a list while they rotate: all verify, the first
            signs. At least 16 bytes each.
        tolerance_seconds: how old or how early the signed time may be.

    Raises:
        ConfigurationError: a secret is missing or short, or the tolerance is not above zero.
    """

    __slots__ = ("_secrets", "_tolerance_seconds")

    header = _SIGNATURE.lower()

    def __init__(self, *, secret: str | Sequence[str], tolerance_seconds: float = TOLERANCE_SECONDS) -> None:
        self._secrets = checked_secrets(secret, "Stripe")
        self._tolerance_seconds = checked_tolerance(tolerance_seconds, "Stripe")

    def sign(self, body: bytes, now: float) -> dict[str, str]:
        """Give the header that proves a body, as Stripe sends it.

        Args:
            now: seconds since the epoch.
        """
        time = str(int(now))
        return {_SIGNATURE: f"t={time},{_signed(self._secrets[0], time.encode('ascii'), body).decode('ascii')}"}

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:
        """Return when a signature holds and its time is near; see `Verifier`."""
        parts = sole_value(headers, _SIGNATURE.lower().encode("ascii")).split(b",")
        times = [part.removeprefix(_TIME) for part in parts if part.startswith(_TIME)]
        # With two times, which one is signed would be a matter of who reads.
        require(MALFORMED if len(times) != 1 else timestamp_reason(times[0], now, self._tolerance_seconds))
        received = [part for part in parts if part.startswith(_SCHEME)]
        require(signature_reason(received, [_signed(secret, times[0], body) for secret in self._secrets]))


def _signed(secret: bytes, time: bytes, body: bytes) -> bytes:
    return _SCHEME + hmac_sha256_hex(secret, time + b"." + body).encode("ascii")
