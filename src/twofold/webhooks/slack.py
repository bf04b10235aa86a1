"""Slack's scheme: `X-Slack-Signature: v0=<hex>` over `v0:<time>:<body>`.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twofold.webhooks.agreed import TOLERANCE_SECONDS, checked_secrets, checked_tolerance
from twofold.webhooks.checks import hmac_sha256_hex, require, signature_reason, sole_values, timestamp_reason

_SIGNATURE: Final = "X-Slack-Signature"
_TIME: Final = "X-Slack-Request-Timestamp"
_SCHEME: Final = b"v0="


class Slack:
    """Verify requests of Slack: events, commands and interactions alike.

    Args:
        secret: the app's signing secret; a list while they rotate: all verify, the first signs. At least 16 bytes each.
        tolerance_seconds: how old or how early the signed time may be.

    Raises:
        ConfigurationError: a secret is missing or short, or the tolerance is not above zero.
    """

    __slots__ = ("_secrets", "_tolerance_seconds")

    header = _SIGNATURE.lower()

    def __init__(self, *, secret: str | Sequence[str], tolerance_seconds: float = TOLERANCE_SECONDS) -> None:
        self._secrets = checked_secrets(secret, "Slack")
        self._tolerance_seconds = checked_tolerance(tolerance_seconds, "Slack")

    def sign(self, body: bytes, now: float) -> dict[str, str]:
        """Give the headers that prove a body, as Slack sends them.

        Args:
            now: seconds since the epoch.
        """
        time = str(int(now))
        return {_TIME: time, _SIGNATURE: _signed(self._secrets[0], time.encode("ascii"), body).decode("ascii")}

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:
        """Return when the signature holds and its time is near; see `Verifier`."""
        signature, time = sole_values(headers, _SIGNATURE.lower().encode("ascii"), _TIME.lower().encode("ascii"))
        require(timestamp_reason(time, now, self._tolerance_seconds))
        received = [signature] if signature.startswith(_SCHEME) else []
        require(signature_reason(received, [_signed(secret, time, body) for secret in self._secrets]))


def _signed(secret: bytes, time: bytes, body: bytes) -> bytes:
    return _SCHEME + hmac_sha256_hex(secret, b"v0:" + time + b":" + body).encode("ascii")
