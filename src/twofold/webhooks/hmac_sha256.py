"""A hex HMAC-SHA256 of the raw body, in a header of its own: what most services send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twofold.webhooks.agreed import checked_name, checked_prefix, checked_secrets
from twofold.webhooks.checks import MALFORMED, hmac_sha256_hex, refused, require, signature_reason, sole_value

_HEX_LENGTH: Final = 64
_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"


class HmacSha256:
    """Verify a hex HMAC-SHA256 of the raw body, in a header of its own.

    It signs neither the time nor an id: the handler refuses repeated events by the id in their body.

    Args:
        header: the header's name; its case does not matter.
        secret: one, or a list while they rotate: all verify, the first signs. At least 16 bytes each.
        prefix: what stands before the digits, such as "sha256=".

    Raises:
        ConfigurationError: a secret is missing or short, or the header's name or the prefix cannot be sent.
    """

    __slots__ = ("_name", "_prefix", "_secrets", "header", "prefix")

    def __init__(self, *, header: str, secret: str | Sequence[str], prefix: str = "") -> None:
        self.header = checked_name(header)
        self.prefix = checked_prefix(prefix)
        self._name = self.header.encode("ascii")
        self._prefix = self.prefix.encode("ascii")
        self._secrets = checked_secrets(secret, header)

    def sign(self, body: bytes) -> str:
        """Give the header's value for a body."""
        return self.prefix + hmac_sha256_hex(self._secrets[0], body)

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:  # noqa: ARG002  the protocol has it
        """Return when the signature holds; see `Verifier`. This scheme does not sign the time."""
        digits = self._received(sole_value(headers, self._name))
        require(signature_reason([digits], [hmac_sha256_hex(secret, body).encode("ascii") for secret in self._secrets]))

    def _received(self, value: bytes) -> bytes:
        digits = value[len(self._prefix) :]
        if not value.startswith(self._prefix) or len(digits) != _HEX_LENGTH or digits.strip(_HEX_DIGITS):
            raise refused(MALFORMED)
        return digits.lower()
