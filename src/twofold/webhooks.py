"""Signatures of webhooks, verified over the raw body before anything parses it.

    @verify(HmacSha256(header="x-payment-signature", secret=env("PAYMENT_SECRET")))
    async def POST(event: PaymentEvent) -> Received: ...

A request without the signature header is told that it needs one (401). Everything else that is wrong gets the same
answer (403), so that a forger learns nothing; the reason is in the error's `details`, for the log and for developers.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from twofold.errors import AuthRequired, ConfigurationError, Forbidden

MISSING: Final = "signature-missing"
DUPLICATE: Final = "signature-duplicate"
TOO_LONG: Final = "signature-too-long"
MALFORMED: Final = "signature-malformed"
MISMATCH: Final = "signature-mismatch"

MAX_HEADER_BYTES: Final = 4096
MINIMUM_SECRET_BYTES: Final = 16

_HEX_LENGTH: Final = 64
_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_NAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"


class Verifier(Protocol):
    """Proof that a request comes from who holds the secret."""

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:
        """Return when the signature holds.

        Args:
            headers: of the ASGI scope.
            body: as received, to the byte.
            now: seconds since the epoch, for schemes that sign the time.

        Raises:
            AuthRequired: there is no signature.
            Forbidden: there is one, and it does not hold; `details` names the reason.
        """
        ...


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
        self.header = _checked_name(header)
        self.prefix = _checked_prefix(prefix)
        self._name = self.header.encode("ascii")
        self._prefix = self.prefix.encode("ascii")
        self._secrets = _checked_secrets(secret, header)

    def sign(self, body: bytes) -> str:
        """Give the header's value for a body."""
        return self.prefix + hmac_sha256_hex(self._secrets[0], body)

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:  # noqa: ARG002  the protocol has it
        """Return when the signature holds; see `Verifier`. This scheme does not sign the time."""
        digits = self._received(sole_value(headers, self._name))
        # Bytes, because compare_digest raises TypeError for text outside ASCII. Every secret is tried, so that the
        # time does not tell which one fits.
        matches = [hmac.compare_digest(digits, hmac_sha256_hex(secret, body).encode("ascii")) for secret in self._secrets]
        if not any(matches):
            raise refused(MISMATCH)

    def _received(self, value: bytes) -> bytes:
        digits = value[len(self._prefix) :]
        if not value.startswith(self._prefix) or len(digits) != _HEX_LENGTH or digits.strip(_HEX_DIGITS):
            raise refused(MALFORMED)
        return digits.lower()


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


def refused(reason: str) -> Forbidden:
    """Make the one answer to every signature that does not hold."""
    return Forbidden("The signature does not hold", details=reason)


def _checked_secrets(secret: str | Sequence[str], header: str) -> tuple[bytes, ...]:
    listed: Sequence[object] = (secret,) if isinstance(secret, str) or not isinstance(secret, Sequence) else secret
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise ConfigurationError(f"the secret for {header} is missing; pass a text, or a list of texts. Is its variable set?")
    secrets = tuple(str(one).encode("utf-8", "surrogateescape") for one in listed)
    if any(len(one) < MINIMUM_SECRET_BYTES for one in secrets):
        raise ConfigurationError(
            f"a secret for {header} has fewer than {MINIMUM_SECRET_BYTES} bytes and could be guessed; agree on a longer one"
        )
    return secrets


def _checked_name(header: str) -> str:
    name = header.lower()
    if not name or name.strip(_NAME_CHARACTERS):
        raise ConfigurationError(f'{header!r} is not a header name; write it like "x-payment-signature"')
    return name


def _checked_prefix(prefix: str) -> str:
    if not prefix.isascii() or not prefix.isprintable() or prefix != prefix.strip():
        raise ConfigurationError(f'the prefix {prefix!r} cannot stand in a header; write it like "sha256="')
    return prefix
