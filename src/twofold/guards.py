"""Guards: middleware that lets in who can show a token or a key, or comes from the right network.

@use(bearer(check), limit_by_ip)            # one route handler
middleware = api_key(known_keys({"partner": env("PARTNER_KEY")}))      # a folder, in its middleware.py
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.responses import Response

from twofold.call import Call, Request
from twofold.errors import AuthRequired, ConfigurationError, Failure, Forbidden
from twofold.middleware import CallNext, Middleware
from twofold.responses import failure_response

Check: TypeAlias = Callable[[str], Awaitable[str | None]]
"""Gives who holds a token or key, as a text of the app's own (`user:17`), or None for nobody."""

MAX_TOKEN_LENGTH = 4_096
SHORTEST_KEY_BYTES = 16

# https://www.rfc-editor.org/rfc/rfc6750#section-2.1
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


def bearer(check: Check) -> Middleware:
    """Let in who sends `Authorization: Bearer` with a token that the check knows; 401 for the others.

    Who it is, is `request.principal` from there on. Source: RFC 6750.

        async def check(token: str) -> str | None:
            return await tokens.owner(token)

    Args:
        check: gives who holds the token.
    """

    async def guard(request: Request, call_next: CallNext) -> Response:
        values = request.call.header_values(b"authorization")
        if not values:
            return _challenge(request.call, "Bearer")
        found = _BEARER.fullmatch(values[0]) if len(values) == 1 and len(values[0]) <= MAX_TOKEN_LENGTH else None
        who = None if found is None else await check(found[1])
        if who is None:
            return _challenge(request.call, 'Bearer error="invalid_token"')
        request.call.principal = who
        return await call_next(request)

    return guard


def api_key(check: Check, *, header: str = "x-api-key") -> Middleware:
    """Let in who sends a key that the check knows, in a header of its own; 401 for the others.

    Who it is, is `request.principal` from there on.

    Args:
        check: gives who holds the key: see `known_keys` for keys from the environment.
        header: its case does not matter.

    Raises:
        ConfigurationError: this cannot be a header.
    """
    name = header.lower()
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f'api_key(header={header!r}): write a header name, such as "x-api-key"')

    async def guard(request: Request, call_next: CallNext) -> Response:
        values = request.call.header_values(name.encode())
        key = values[0] if len(values) == 1 and len(values[0]) <= MAX_TOKEN_LENGTH and _VISIBLE.fullmatch(values[0]) else None
        who = None if key is None else await check(key)
        if who is None:
            return _challenge(request.call, f'ApiKey header="{name}"')
        request.call.principal = who
        return await call_next(request)

    return guard


def known_keys(keys: Mapping[str, str | Sequence[str]]) -> Check:
    """Give a check for a few keys that are known at start, compared without telling by the time how much of one was right.

    Args:
        keys: by who holds them; a list while they rotate. At least 16 bytes each.

    Raises:
        ConfigurationError: a key is missing, short, or held by two.
    """
    owners: dict[bytes, str] = {}
    for owner, given in keys.items():
        for key in (given,) if isinstance(given, str) else given:
            if len(key.encode()) < SHORTEST_KEY_BYTES:
                raise ConfigurationError(f"the key of {owner} has fewer than {SHORTEST_KEY_BYTES} bytes. Is its variable set?")
            if owners.setdefault(_digest(key), owner) != owner:
                raise ConfigurationError(f"{owner} and {owners[_digest(key)]} hold the same key")
    if not owners:
        raise ConfigurationError("known_keys({}) lets nobody in; name who holds which key")

    async def check(key: str) -> str | None:
        digest = _digest(key)
        found = [owner for known, owner in owners.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None

    return check


def allow_ips(*networks: str) -> Middleware:
    """Let in clients of these networks alone; 403 for the others.

    The client's address is as the trusted proxies tell it: name them, or the proxy is the client.

    Args:
        networks: such as "10.0.0.0/8" or "2001:db8::1".

    Raises:
        ConfigurationError: one of them is none.
    """
    known = _networks("allow_ips", networks)
    return _by_address(lambda address: is_within(address, known))


def deny_ips(*networks: str) -> Middleware:
    """Refuse clients of these networks with 403.

    Args:
        networks: such as "203.0.113.0/24".

    Raises:
        ConfigurationError: one of them is none.
    """
    known = _networks("deny_ips", networks)
    return _by_address(lambda address: not is_within(address, known))


def is_within(address: str | None, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Tell whether an address is in one of the networks; an IPv4 address written as IPv6 is that IPv4 address.

    Args:
        address: None, and what is no address, is in none.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    plain = (found.ipv4_mapped if found.version == 6 else None) or found
    return any(plain.version == network.version and plain in network for network in networks)


def _by_address(lets_in: Callable[[str | None], bool]) -> Middleware:
    async def guard(request: Request, call_next: CallNext) -> Response:
        if not lets_in(request.call.client.address):
            raise Forbidden("Your network has no access", details="network")
        return await call_next(request)

    return guard


def _networks(where: str, texts: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    if not texts:
        raise ConfigurationError(f'{where}() names no network; write {where}("10.0.0.0/8")')
    try:
        return [ip_network(text) for text in texts]
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _challenge(call: Call, challenge: str) -> Response:
    failure: Failure = AuthRequired()
    response = failure_response(failure, call)
    response.raw_headers = [one for one in response.raw_headers if one[0] != b"www-authenticate"]
    response.raw_headers.append((b"www-authenticate", challenge.encode("ascii")))
    return response


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
