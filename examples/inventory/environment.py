"""What the shop is told from outside: the place of its database, and secrets."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.database import Limits, url_from
from twofold import ConfigurationError

DEVELOPMENT_SECRETS: Mapping[str, str] = {
    "PAYMENT_SECRET": "development-payment-secret",
    "ADMIN_TOKEN": "development-admin-token",
    "API_KEYS": "demo:development-api-key",
}
"""Known to everyone: they stand in for what is not set, except in production."""

MINIMUM_SECRET_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The settings of the shop itself; those of the framework are `TWOFOLD_...`.

    Attributes:
        database_limits: `DATABASE_WRITERS` and the like: see `services/database/limits.py`.
        is_cache_shared: whether other processes use the same cache: `TWOFOLD_REDIS_URL` is set.
        pictures: `PICTURES`, the folder of uploaded pictures.
        payment_secret: `PAYMENT_SECRET`, shared with the payment provider, which signs its webhooks with it.
        admin_token: `ADMIN_TOKEN`, which opens the stock room.
        api_keys: `API_KEYS`, callers of the API as pairs of name and key; written `name:key,name:key`.
    """

    database_url: str = field(repr=False)
    database_limits: Limits
    is_cache_shared: bool
    pictures: Path
    payment_secret: str = field(repr=False)
    admin_token: str = field(repr=False)
    api_keys: Sequence[tuple[str, str]] = field(repr=False)
    is_development: bool

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Environment:
        """Read the environment.

        Raises:
            ConfigurationError: a secret is weak, or missing in production; a limit is no number.
        """
        mode = environ.get("TWOFOLD_ENV", "production")
        known = environ if mode == "production" else {**DEVELOPMENT_SECRETS, **environ}
        return cls(
            database_url=url_from(environ),
            database_limits=Limits.from_environ(environ),
            is_cache_shared=bool(environ.get("TWOFOLD_REDIS_URL")),
            pictures=Path(environ.get("PICTURES", "data/pictures")),
            payment_secret=_secret(known, "PAYMENT_SECRET"),
            admin_token=_secret(known, "ADMIN_TOKEN"),
            api_keys=_api_keys(known),
            is_development=mode == "development",
        )

    def is_admin_token(self, token: str) -> bool:
        """Tell whether someone holds the admin token."""
        return _is_same(token, self.admin_token)

    def api_caller(self, key: str) -> str | None:
        """Give the name of the caller whose key this is; None for nobody's."""
        matches = [name for name, known in self.api_keys if _is_same(key, known)]
        return matches[0] if matches else None


def _secret(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if value is None:
        raise ConfigurationError(f"{name} is not set; set it, or start with TWOFOLD_ENV=development")
    return _checked(name, value)


def _api_keys(environ: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    pairs = [pair.strip().partition(":") for pair in environ.get("API_KEYS", "").split(",") if pair.strip()]
    return tuple((name, _checked("API_KEYS", key)) for name, _, key in pairs)


def _checked(name: str, value: str) -> str:
    if len(value.encode()) < MINIMUM_SECRET_BYTES:
        raise ConfigurationError(f"{name} holds fewer than {MINIMUM_SECRET_BYTES} bytes and could be guessed; choose more")
    return value


def _is_same(given: str, known: str) -> bool:
    # As bytes: compare_digest takes no text outside ASCII.
    return hmac.compare_digest(given.encode(), known.encode())
