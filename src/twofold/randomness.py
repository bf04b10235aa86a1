"""Random bytes of the operating system, fetched for many uses at once: to ask it costs more than to answer most requests."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from threading import Lock
from typing import Final

POOL_BYTES: Final = 4_096


class _Pool:
    """Bytes that nobody has been given yet."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: a process that was forked has what its parent has."""
        self._lock = Lock()
        self._bytes = b""
        self._used = 0

    def take(self, count: int) -> bytes:
        with self._lock:
            if self._used + count > len(self._bytes):
                self._bytes, self._used = os.urandom(max(POOL_BYTES, count)), 0
            taken = self._bytes[self._used : self._used + count]
            self._used += count
        return taken


_POOL: Final = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def random_bytes(count: int) -> bytes:
    """Give random bytes fit for keys and nonces. Source: `os.urandom`."""
    return _POOL.take(count)


def random_text(count: int) -> str:
    """Give random bytes as URL-safe text, as `secrets.token_urlsafe` does."""
    return urlsafe_b64encode(_POOL.take(count)).rstrip(b"=").decode("ascii")
