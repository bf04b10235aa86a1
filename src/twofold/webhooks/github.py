"""GitHub's scheme: `X-Hub-Signature-256: sha256=<hex>` over the raw body.

Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twofold.webhooks.hmac_sha256 import HmacSha256

_SIGNATURE: Final = "X-Hub-Signature-256"


class GitHub:
    """Verify webhooks of GitHub.

    It signs neither the time nor the delivery's id, so a captured request can be sent again for ever: count by the id in
    `X-GitHub-Delivery`. The older header with SHA-1 is not looked at.

    Args:
        secret: as typed into the webhook's settings; a list while they rotate: all verify, the first signs. At least
            16 bytes each.

    Raises:
        ConfigurationError: a secret is missing or short.
    """

    __slots__ = ("_scheme", "header")

    def __init__(self, *, secret: str | Sequence[str]) -> None:
        self._scheme = HmacSha256(header=_SIGNATURE, secret=secret, prefix="sha256=")
        self.header = self._scheme.header

    def sign(self, body: bytes) -> dict[str, str]:
        """Give the headers that prove a body, as GitHub sends them."""
        return {_SIGNATURE: self._scheme.sign(body)}

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:
        """Return when the signature holds; see `Verifier`. This scheme does not sign the time."""
        self._scheme.verify(headers, body, now)
