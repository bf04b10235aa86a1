"""The scheme of Standard Webhooks: `webhook-signature: v1,<base64>` over `<id>.<time>.<body>`.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Final

from twofold.errors import ConfigurationError
from twofold.webhooks.agreed import TOLERANCE_SECONDS, checked_lengths, checked_texts, checked_tolerance
from twofold.webhooks.checks import ID_MALFORMED, require, signature_reason, sole_values, timestamp_reason

_NAMES: Final = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
_SCHEME: Final = b"v1,"
_PREFIX: Final = "whsec_"

# No dot: it would make it a matter of opinion where the id in `<id>.<time>.<body>` ends.
_ID: Final = re.compile(rb"[A-Za-z0-9_-]{1,128}")


class StandardWebhooks:
    """Verify webhooks that follow Standard Webhooks, with the symmetric scheme `v1`.

    The header may hold several signatures, as it does while its sender rotates: one that holds is enough. The id in
    `webhook-id` is signed too, so it can be counted by.

    Args:
        secret: base64, with or without `whsec_` before it; a list while they rotate: all verify, the first signs. At least
            16 bytes each, decoded.
        tolerance_seconds: how old or how early the signed time may be.

    Raises:
        ConfigurationError: a secret is missing, short or no base64, or the tolerance is not above zero.
    """

    __slots__ = ("_secrets", "_tolerance_seconds")

    header = "webhook-signature"

    def __init__(self, *, secret: str | Sequence[str], tolerance_seconds: float = TOLERANCE_SECONDS) -> None:
        self._secrets = checked_lengths([_decoded(one) for one in checked_texts(secret, "StandardWebhooks")], "StandardWebhooks")
        self._tolerance_seconds = checked_tolerance(tolerance_seconds, "StandardWebhooks")

    def sign(self, body: bytes, now: float, event_id: str) -> dict[str, str]:
        """Give the headers that prove a body, as a sender does.

        Args:
            now: seconds since the epoch.
            event_id: the same each time that the event is sent: 1 to 128 of `A-Z a-z 0-9 _ -`.

        Raises:
            ConfigurationError: the id is another.
        """
        if id_reason(event_id.encode("utf-8", "surrogatepass")) is not None:
            raise ConfigurationError(f"StandardWebhooks.sign(event_id={event_id!r}): write 1 to 128 of A-Z a-z 0-9 _ -")
        time = str(int(now))
        signature = _signed(self._secrets[0], event_id.encode("ascii"), time.encode("ascii"), body)
        return {"webhook-id": event_id, "webhook-timestamp": time, "webhook-signature": signature.decode("ascii")}

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes, now: float) -> None:
        """Return when a signature holds and its time is near; see `Verifier`."""
        identity, time, signatures = sole_values(headers, *_NAMES)
        require(id_reason(identity) or timestamp_reason(time, now, self._tolerance_seconds))
        received = [one for one in signatures.split(b" ") if one.startswith(_SCHEME)]
        require(signature_reason(received, [_signed(secret, identity, time, body) for secret in self._secrets]))


def id_reason(text: bytes) -> str | None:
    """Decide whether an id can be signed beside a time and a body."""
    return None if _ID.fullmatch(text) else ID_MALFORMED


def _signed(secret: bytes, identity: bytes, time: bytes, body: bytes) -> bytes:
    # The text is compared, not what it decodes to: base64 has several texts for the same bytes.
    return _SCHEME + b64encode(hmac.digest(secret, b".".join([identity, time, body]), "sha256"))


def _decoded(secret: str) -> bytes:
    text = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        # Neither the text nor its cause is shown: it is a secret that was mistyped.
        raise ConfigurationError("a secret for StandardWebhooks is no base64; copy it whole, whsec_ included") from None
