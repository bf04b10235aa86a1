"""Limits on route handlers and actions.

@limit("10/minute")
async def POST(order: Order) -> Placed: ...

@action
@limit("5/minute", by=user)
async def reserve_stock(sku: str) -> Reservation: ...
"""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Literal, TypeVar

from twofold.call import Call, Request
from twofold.errors import ConfigurationError, RateLimited, StoreUnavailable, Unavailable
from twofold.limits import Allowance, Rate, Standing, parse_rate

F = TypeVar("F", bound=Callable[..., Any])
By = Callable[[Request], str | None]
"""Gives who is counted; None for a request that is not."""

_ATTRIBUTE = "__twofold_limits__"
_RETRY_SECONDS = 5
_IPV6_SITE = 64

log = logging.getLogger("twofold")


@dataclass(slots=True)
class Limit:
    """A limit on one route handler or action, or on several that share its name.

    Args:
        by: gives who is counted.
        fail: whether requests pass ("open") or are refused ("closed") while the store cannot answer.
        name: on the wire, and of what is shared.
    """

    rate: Rate
    by: By
    fail: Literal["open", "closed"]
    name: str
    is_shared: bool
    is_down: bool = field(default=False, init=False, compare=False)

    def allowance(self, call: Call, owner: str) -> Allowance | None:
        """Give what this caller has, or None where it is not counted."""
        who = self.by(call.request)
        if who is None:
            return None
        scope = f"name {self.name}" if self.is_shared else f"place {owner} {self.by.__module__}.{self.by.__qualname__}"
        return Allowance(f"{scope}\n{self.rate.requests}/{self.rate.window_seconds}\n{who}", self.rate)


def client_address(request: Request) -> str | None:
    """Give the address of the client as the trusted proxies tell it; of IPv6 the /64, which is what one customer has."""
    address = request.call.client.address
    if address is None:
        return "local"
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(ip_network((parsed, _IPV6_SITE), strict=False)) if mapped is None else str(mapped)


def visitor(request: Request) -> str | None:
    """Give the session of the visitor, or the client's address where there is none."""
    identity = request.call.session.identity
    return client_address(request) if identity is None else f"session {identity}"


def limit(
    rate: str, *, by: By = client_address, fail: Literal["open", "closed"] = "open", name: str | None = None
) -> Callable[[F], F]:
    """Answer at most so many requests of one caller, within any window of this length; the others get 429.

        @limit("10/minute")
        @limit("100/hour")
        async def POST(order: Order) -> Placed: ...

    It stands on route handlers and actions. Of several limits all have to agree; a request that one of
    them refuses counts for none, so nobody waits longer for having asked too often.

    Args:
        rate: such as "10/minute", "100/hour", "5/10s".
        by: who is counted: `client_address`, `visitor`, or a function of the request that gives a text, or None for a
            request that is not counted.
        fail: what happens while the store cannot answer: requests pass ("open"), or are refused with 503 ("closed").
        name: of a limit that several handlers or actions share; without one, each has its own.

    Raises:
        ConfigurationError: the rate, or what it stands on.
    """
    parsed = parse_rate(rate)
    if fail not in ("open", "closed"):
        raise ConfigurationError(f'@limit(fail={fail!r}): write "open" or "closed"')
    if not callable(by):
        raise ConfigurationError(f"@limit(by={by!r}): give a function of the request, such as twofold.client_address")
    if name is not None and not (name.isascii() and name.isprintable() and name and not set('"\\') & set(name)):
        raise ConfigurationError(f"@limit(name={name!r}): write a short ASCII text")

    def declare(function: F) -> F:
        made = Limit(parsed, by, fail, name or rate, is_shared=name is not None)
        innermost = inspect.unwrap(function)
        try:
            known = vars(innermost).setdefault(_ATTRIBUTE, [])
        except TypeError as error:
            raise ConfigurationError(f"{function!r} cannot be limited; write @limit on the function itself") from error
        if made in known:
            raise ConfigurationError(f"{innermost.__qualname__}: this @limit stands twice")
        # Decorators run from the bottom up.
        known.insert(0, made)
        return function

    return declare


def limits_of(function: Callable[..., Any]) -> tuple[Limit, ...]:
    """Give the limits on a function, in the order in which they are written."""
    return tuple(getattr(inspect.unwrap(function), _ATTRIBUTE, ()))


async def admit_within(limits: Sequence[Limit], owner: str, call: Call) -> None:
    """Count a request, and tell the caller how it stands, on whatever answer it gets.

    Args:
        owner: the handler or action, by a name that stays.

    Raises:
        RateLimited: one of the limits is used up.
        Unavailable: the store cannot answer, and a limit is closed then.
    """
    counted = [(one, allowance) for one in limits if (allowance := one.allowance(call, owner)) is not None]
    if not counted:
        return
    try:
        found = await call.setup.limit_store.hit([allowance for _, allowance in counted])
    except StoreUnavailable as error:
        _without_store([one for one, _ in counted], error)
        return
    for one, _ in counted:
        one.is_down = False
    call.told.extend(headers([(one, standing) for (one, _), standing in zip(counted, found, strict=True)]))
    refusals = [one.reset_seconds for one in found if not one.is_allowed]
    if refusals:
        raise RateLimited(retry_after=max(1, math.ceil(max(refusals))))


def _without_store(limits: Iterable[Limit], error: StoreUnavailable) -> None:
    for one in limits:
        if not one.is_down:
            one.is_down = True
            log.error("the limit %s cannot be counted and is %s: %s", one.name, one.fail, error)
    if any(one.fail == "closed" for one in limits):
        raise Unavailable(retry_after=_RETRY_SECONDS) from error


def headers(standings: Sequence[tuple[Limit, Standing]]) -> list[tuple[bytes, bytes]]:
    """Tell all limits and how the caller stands with each. Source: draft-ietf-httpapi-ratelimit-headers-10."""
    policies = ", ".join(f'"{one.name}";q={one.rate.requests};w={one.rate.window_seconds}' for one, _ in standings)
    states = ", ".join(f'"{one.name}";r={found.left};t={math.ceil(found.reset_seconds)}' for one, found in standings)
    return [(b"ratelimit-policy", policies.encode("ascii")), (b"ratelimit", states.encode("ascii"))]
