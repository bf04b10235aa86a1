"""What an app is told from outside: environment variables, then `[tool.twofold]` in pyproject.toml."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from twofold import cache, idempotency, limits, locks
from twofold.errors import ConfigurationError
from twofold.origin import AllowedOrigins, configured_origins
from twofold.proxies import TrustedProxies, parse_allowed_hosts
from twofold.signing import KeyRing

Mode = Literal["development", "test", "production"]
HOUR_SECONDS = 60 * 60
DAY_SECONDS = 24 * HOUR_SECONDS


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Configure an app from outside.

    Args:
        mode: "production" unless told otherwise; only "development" shows details of errors.
        secrets: comma-separated; the first signs, all verify. At least 32 characters each.
        origins: the app's own public origins (`https://shop.example`); without them the request's host counts.
        allowed_hosts: names under which the app answers; empty allows all, which `twofold serve` refuses.
        allowed_origins: other origins that may send unsafe requests to route handlers (never to actions).
        trusted_proxies: addresses or networks whose `X-Forwarded-*` headers are believed.
        max_body_bytes: the largest request body, where an action or a route handler says nothing else.
        form_max_age_seconds: how long a rendered form can be sent.
        session_max_age_seconds: how long a session lives after its last change.
        content_security_policy: sources to add, by directive: `{"img-src": ["data:"]}`.
        redis_url: of the Redis or Valkey server that all processes of the app share (`redis://127.0.0.1:6379/0`); without
            one, cache, call keys, limits and locks are in the memory of each process.
        redis_prefix: of the app's keys there, where several apps share the server.
        live: whether open pages follow the revalidations of others; `false` in pyproject.toml turns it off.
    """

    mode: Mode = "production"
    directory: Path = field(default_factory=Path.cwd)
    secrets: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    max_body_bytes: int = 1024 * 1024
    form_max_age_seconds: int = DAY_SECONDS
    session_max_age_seconds: int = 14 * DAY_SECONDS
    content_security_policy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    redis_url: str = field(default="", repr=False)
    redis_prefix: str = "twofold"
    live: bool = True

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigurationError(f'TWOFOLD_ENV={self.mode!r}: use "development", "test" or "production"')

    @property
    def is_development(self) -> bool:
        """Whether details of errors may be shown."""
        return self.mode == "development"

    @classmethod
    def load(cls, directory: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `[tool.twofold]` of `directory`, then the environment, which wins."""
        directory = directory or Path.cwd()
        found = cls(directory=directory, **_table(directory))
        return replace(found, **_environment(environ))


_ENVIRONMENT = {
    "TWOFOLD_ENV": "mode",
    "TWOFOLD_SECRET": "secrets",
    "TWOFOLD_ORIGINS": "origins",
    "TWOFOLD_ALLOWED_HOSTS": "allowed_hosts",
    "TWOFOLD_ALLOWED_ORIGINS": "allowed_origins",
    "TWOFOLD_TRUSTED_PROXIES": "trusted_proxies",
    "TWOFOLD_REDIS_URL": "redis_url",
}
_TEXTS = {"mode", "secrets", "redis_url", "redis_prefix"}
_OF_TOOLS = frozenset({"app", "check"})
"""Keys of the table that the command line reads, and the app does not."""

_TABLE = {one.name for one in fields(Settings)} - {"directory", "secrets", "mode", "redis_url"}
_NUMBERS = {one.name for one in fields(Settings) if one.type == "int"}
_FLAGS = {one.name for one in fields(Settings) if one.type == "bool"}


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, name in _ENVIRONMENT.items():
        text = environ.get(variable)
        if text is not None:
            found[name] = text if name in _TEXTS else tuple(one.strip() for one in text.split(",") if one.strip())
    return found


def tool_table(directory: Path) -> dict[str, Any]:
    """Read `[tool.twofold]` of the pyproject.toml in `directory`; empty when there is none."""
    path = directory / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("twofold", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: [tool.twofold] is a table, not {table!r}")
    return cast(dict[str, Any], table)


def _table(directory: Path) -> dict[str, Any]:
    table = tool_table(directory)
    unknown = table.keys() - _TABLE - _OF_TOOLS
    if unknown:
        known = ", ".join(["app", *sorted(_TABLE)])
        raise ConfigurationError(f"{directory / 'pyproject.toml'}: [tool.twofold] has no {sorted(unknown)}; it knows {known}")
    return {name: _table_value(name, value) for name, value in table.items() if name not in _OF_TOOLS}


def _table_value(name: str, value: Any) -> Any:
    if name == "content_security_policy":
        if not isinstance(value, dict) or not all(_is_texts(sources) for sources in value.values()):
            raise ConfigurationError("[tool.twofold] content_security_policy: write a table of lists of sources")
        return {directive: tuple(sources) for directive, sources in value.items()}
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise ConfigurationError(f"[tool.twofold] {name}: write true or false, not {value!r}")
        return value
    if name in _NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise ConfigurationError(f"[tool.twofold] {name}: write a whole number above zero, not {value!r}")
        return value
    if name in _TEXTS:
        if not isinstance(value, str):
            raise ConfigurationError(f"[tool.twofold] {name}: write a text, not {value!r}")
        return value
    if not _is_texts(value):
        raise ConfigurationError(f"[tool.twofold] {name}: write a list of texts, not {value!r}")
    return tuple(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


class Setup:
    """What a started app holds: keys, trust, stores and the clock, made once from its settings.

    Args:
        clock: seconds since the epoch; tests freeze it.
        url_for: gives the URL of a function of the app.
        visit: gives the page of the app at a URL for a call's visitor, as its document; None where there is no such page.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        cache_store: cache.Store,
        idempotency_store: idempotency.Store,
        lock_store: locks.Store,
        limit_store: limits.Store,
        clock: Callable[[], float] = time.time,
        url_for: Callable[..., str],
        visit: Callable[[Any, str], Awaitable[str | None]],
    ) -> None:
        self.settings = settings
        self.keys = _keys(settings)
        self.proxies = TrustedProxies.parse(settings.trusted_proxies)
        self.own_origins = configured_origins(settings.origins)
        self.allowed_hosts = parse_allowed_hosts(settings.allowed_hosts)
        self.has_proxies = self.proxies.has_unix or bool(self.proxies.networks)
        self.known_hosts: set[bytes] = set()  # Host headers that were found to be allowed
        self.allowed_origins = AllowedOrigins.parse(settings.allowed_origins)
        self.cache_store = cache_store
        self.idempotency_store = idempotency_store
        self.lock_store = lock_store
        self.limit_store = limit_store
        self.clock = clock
        self.url_for = url_for
        self.visit = visit
        self.development_page: Callable[[Any, Any], str] | None = None
        self.live: Any = None  # the hub of open pages, which is made of all this


def _keys(settings: Settings) -> KeyRing:
    environ = {"TWOFOLD_SECRET": settings.secrets} if settings.secrets else {}
    return KeyRing.from_environment(environ, mode=settings.mode, directory=settings.directory)
