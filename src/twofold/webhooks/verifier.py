"""What every verifier is, whatever its scheme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


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
