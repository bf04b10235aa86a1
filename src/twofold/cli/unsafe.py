"""What production refuses to be served with: a pure decision, with reasons and remedies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from twofold.settings import Settings
from twofold.signing import ENVIRONMENT_VARIABLE, GENERATE, parse_secrets, weakness

Reason = Literal["not-production", "no-secret", "weak-secret", "no-hosts", "wildcard-host", "wildcard-origin", "no-shared-store"]

_RESERVED = frozenset({"localhost", "internal", "test"})
"""Top-level names that nobody can register. Source: RFC 6761, and ICANN's reservation of .internal (2024)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that must change before the app is served.

    Args:
        reason: its name.
        message: what is wrong.
        remedy: what to do about it.
    """

    reason: Reason
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy} [{self.reason}]"


def unsafe(settings: Settings) -> list[Refusal]:
    """Give everything in the settings that production must not be served with."""
    return [*_of_mode(settings), *_of_secrets(settings), *_of_hosts(settings)]


def unshared(workers: int, *, are_shared: bool) -> list[Refusal]:
    """Give what several processes of an app must not be served with.

    Args:
        are_shared: whether all of them would see the same stores.
    """
    if workers == 1 or are_shared:
        return []
    return [
        Refusal(
            "no-shared-store",
            f"{workers} workers would each have a cache, call keys and locks of their own: a double click could run twice, and"
            " visitors would see outdated values",
            "Set TWOFOLD_REDIS_URL=redis://127.0.0.1:6379/0 (a Redis or Valkey server, with twofold[redis]), or add"
            " --embedded-store (with twofold[embedded]), or give App(cache=, idempotency=, locks=) stores that they share",
        )
    ]


def _of_mode(settings: Settings) -> Iterator[Refusal]:
    if settings.mode != "production":
        shows = "shows source code and the texts of errors" if settings.is_development else "forgets its secret at every start"
        yield Refusal(
            "not-production", f'The mode is "{settings.mode}", which {shows}', "Set TWOFOLD_ENV=production, or use `twofold dev`"
        )


def _of_secrets(settings: Settings) -> Iterator[Refusal]:
    secrets = parse_secrets(settings.secrets)
    if not secrets:
        yield Refusal("no-secret", f"{ENVIRONMENT_VARIABLE} is not set", f"Make a secret with: {GENERATE}")
    for number, secret in enumerate(secrets, 1):
        fault = weakness(secret)
        if fault is not None:
            where = f"{ENVIRONMENT_VARIABLE}: secret {number} of {len(secrets)}"
            yield Refusal("weak-secret", f"{where} {fault}", f"Make a secret with: {GENERATE}")


def _of_hosts(settings: Settings) -> Iterator[Refusal]:
    if not settings.allowed_hosts and not settings.origins:
        yield Refusal(
            "no-hosts",
            "The app answers under every name, so that a page whose name is pointed at this server passes for one of its own",
            "Set TWOFOLD_ALLOWED_HOSTS=shop.example, or TWOFOLD_ORIGINS=https://shop.example",
        )
    for host in settings.allowed_hosts:
        if _is_everyones(host):
            yield Refusal("wildcard-host", f"The allowed host {host!r} matches sites of others", 'Name your own: "shop.example"')
    for origin in (*settings.origins, *settings.allowed_origins):
        if _is_everyones(origin.partition("://")[2] or origin):
            yield Refusal("wildcard-origin", f"The origin {origin!r} matches sites of others", 'Name it: "https://pay.example"')


def _is_everyones(pattern: str) -> bool:
    """Whether a pattern covers every site, or every site below a public name."""
    if "*" not in pattern and not pattern.startswith("."):
        return False
    rest = pattern.removeprefix("*").removeprefix(".").rstrip(".").lower()
    return rest == "" or "*" in rest or ("." not in rest and rest not in _RESERVED)
