"""Sessions: small JSON values in one sealed cookie, so that no worker has to remember anybody."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from math import isfinite
from typing import Any

from twofold.boundary import dumps, loads
from twofold.cookies import CookieJar
from twofold.errors import ConfigurationError, ValidationFailed
from twofold.signing import InvalidToken, KeyRing

PURPOSE = "session"
COOKIE_NAME = "__Host-session"
PLAIN_COOKIE_NAME = "session"
"""In development over plain http, where browsers refuse the `__Host-` prefix."""


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """How a session becomes a cookie and back.

    Args:
        now: seconds since the epoch.
        max_age_seconds: from its last change.
    """

    keys: KeyRing
    name: str
    now: int
    max_age_seconds: int

    def read(self, jar: CookieJar) -> dict[str, Any] | None:
        """Give what the cookie holds; None where it is missing, forged or expired: it is a stranger's then."""
        token = jar.get(self.name)
        if token is None:
            return None
        try:
            stored: dict[str, Any] = loads(self.keys.open(PURPOSE, token, now=self.now))
        except (InvalidToken, ValidationFailed):
            return None
        return stored

    def write(self, jar: CookieJar, snapshot: bytes) -> None:
        """Put a session into the jar."""
        token = self.keys.seal(PURPOSE, snapshot, expires_at=self.now + self.max_age_seconds)
        jar.set(self.name, token, max_age_seconds=self.max_age_seconds)


class SessionState:
    """One visitor's session, as opened from its cookie."""

    def __init__(self, cookie: SessionCookie, jar: CookieJar) -> None:
        stored = cookie.read(jar)
        self._cookie = cookie
        self._identity: str | None = stored["id"] if stored else None
        self._values: dict[str, Any] = stored["values"] if stored else {}
        self._saved = self._snapshot() if stored else None

    @property
    def identity(self) -> str | None:
        """The session's identity, where one was started."""
        return self._identity

    def start(self) -> str:
        """Give the identity: 128 random bits, made where there is none."""
        if self._identity is None:
            self._identity = secrets.token_urlsafe(16)
        return self._identity

    def renew(self) -> str:
        """Change the identity and keep the values."""
        self._identity = None
        return self.start()

    def clear(self) -> None:
        """Forget the values and the identity."""
        self._identity = None
        self._values.clear()

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value, or the default."""
        return self._values.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not _is_json(value):
            raise ConfigurationError(
                f"session[{name!r}]: {type(value).__name__} would come back as another type; use JSON values"
            )
        self._values[name] = value
        self.start()

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def save(self, jar: CookieJar) -> None:
        """Write the cookie where the session has changed since it was read or saved."""
        snapshot = None if self._identity is None else self._snapshot()
        if snapshot == self._saved:
            return
        if snapshot is None:
            jar.delete(self._cookie.name)
        else:
            self._cookie.write(jar, snapshot)
        self._saved = snapshot

    def _snapshot(self) -> bytes:
        try:
            return dumps({"id": self._identity, "values": self._values})
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"The session takes JSON values only: {error}") from error


def _is_json(value: object) -> bool:
    """Whether JSON gives a value back as it was; a date comes back as text, a tuple as a list."""
    if isinstance(value, dict):
        return all(type(name) is str and _is_json(one) for name, one in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or type(value) in (str, bool, int) or (type(value) is float and isfinite(value))
