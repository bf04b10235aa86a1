"""Limits on route handlers and actions.

    @limit("10/minute")
    async def POST(order: Order) -> Placed: ...

    @action(export=True)
    @limit("5/minute", by=visitor)
    async def reserve(sku: str) -> Reservation: ...

Of several limits all have to agree.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Literal, TypeVar

from twofold.call import Call, Request
from twofold.calling import is_async, place_of
from twofold.errors import ConfigurationError, RateLimited, StoreUnavailable, Unavailable
from twofold.limits import Allowance, Rate, Standing, parse_rate

F = TypeVar("F", bound=Callable[..., Any])
By = Callable[[Request], str | None]
"""Gives who is counted; None for a request that is not."""

_ATTRIBUTE = "__twofold_limits__"
_RETRY_SECONDS = 5
_SITE_BITS = 64
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 clients of a server that has only IPv6. Source: RFC 6052 section 2.1."""

_LONGEST = 64
"""Characters of a caller that are kept as they are, so that nobody fills the memory with long names."""

log = logging.getLogger("twofold")


@dataclass(slots=True)
class Limit:
    """A limit on one route handler or action, or on several that share its name.

    Args:
        rate: how often.
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
        # The text of any other object may be another one each time, and then nobody would ever be limited.
        if not isinstance(who, str):
            raise ConfigurationError(
                f"@limit(by={_name_of(self.by)}) gave {type(who).__name__}; give a str, or None to count nobody"
            )
        scope = f"name {self.name}" if self.is_shared else f"place {owner} {_name_of(self.by)}"
        return Allowance(f"{scope}\n{self.rate.requests}/{self.rate.window_seconds}\n{_bounded(who)}", self.rate)

    def check_beside(self, others: Iterable[Limit], place: str) -> None:
        """Check that callers, and the store, can tell it from the others on the same function.

        Raises:
            ConfigurationError: they cannot.
        """
        for other in others:
            is_same = (self.rate, _name_of(self.by), self.is_shared) == (other.rate, _name_of(other.by), other.is_shared)
            if self.name == other.name or (is_same and not self.is_shared):
                raise ConfigurationError(
                    f'{place}: the @limit {self.name} stands twice; remove one, or tell them apart by name="..."'
                )


def _name_of(by: By) -> str:
    named = by if hasattr(by, "__qualname__") else type(by)
    return f"{named.__module__}.{named.__qualname__}"


def _bounded(who: str) -> str:
    if len(who) <= _LONGEST:
        return who
    return f"sha256 {hashlib.sha256(who.encode('utf-8', 'surrogatepass')).hexdigest()}"


def client_address(request: Request) -> str | None:
    """Give the address of the client as the trusted proxies tell it; of IPv6 the /64, which is what one customer has."""
    address = request.call.client.address
    if address is None:
        return "local"
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    known = parsed if parsed.version == 4 else _embedded(parsed)
    return str(IPv6Network((int(parsed), _SITE_BITS), strict=False)) if known is None else str(known)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address of a client that IPv6 only carries: in one /64 there may be everyone."""
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _TRANSLATED else address.ipv4_mapped


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
        name: of a limit that handlers and actions with the same name and rate share; without one, each has its own.

    Raises:
        ConfigurationError: it cannot mean what its author wants, with the remedy.
    """
    parsed = parse_rate(rate)
    if fail not in ("open", "closed"):
        raise ConfigurationError(f'@limit(fail={fail!r}): write "open" or "closed"')
    if not callable(by):
        raise ConfigurationError(f"@limit(by={by!r}): give a function of the request, such as twofold.client_address")
    if is_async(by):
        raise ConfigurationError(
            f"@limit(by={_name_of(by)}): it is async; write `def`, and load what it needs in a middleware before"
        )
    if name is not None and not (name.isascii() and name.isprintable() and name and not set('"\\') & set(name)):
        raise ConfigurationError(f"@limit(name={name!r}): write a short ASCII text")

    def declare(function: F) -> F:
        made = Limit(parsed, by, fail, name or rate, is_shared=name is not None)
        innermost = inspect.unwrap(function)
        try:
            known = vars(innermost).setdefault(_ATTRIBUTE, [])
        except TypeError as error:
            raise ConfigurationError(f"{function!r} cannot be limited; write @limit on the function itself") from error
        made.check_beside(known, place_of(innermost))
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
    call.tell(headers([(one, standing) for (one, _), standing in zip(counted, found, strict=True)]))
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


def headers(found: Sequence[tuple[Limit, Standing]]) -> list[tuple[bytes, bytes]]:
    """Tell all limits and how the caller stands with each. Source: draft-ietf-httpapi-ratelimit-headers-10."""
    policies = ", ".join(f'"{one.name}";q={one.rate.requests};w={one.rate.window_seconds}' for one, _ in found)
    states = ", ".join(f'"{one.name}";r={how.left};t={math.ceil(how.reset_seconds)}' for one, how in found)
    return [(b"ratelimit-policy", policies.encode("ascii")), (b"ratelimit", states.encode("ascii"))]
