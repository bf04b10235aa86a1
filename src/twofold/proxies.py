"""Who is at the other end, when proxies stand between: trusted proxies are configured, never assumed.

`X-Forwarded-For`, `-Proto` and `-Host` are read only when the peer of the connection is a trusted proxy; from
anyone else they are text that a client made up. Of what a trusted proxy passes on, only what it wrote itself
counts: the last element of Proto and Host, and of For whatever stands to the right of the first address that is
not itself a trusted proxy.

A malformed element is ignored: scheme and host stay what the connection says, and the address stays that of the
nearest proxy that is known. Nothing that a client can write makes it more trusted than its connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from twofold.errors import ConfigurationError
from twofold.origin import REMEMBERED, parse_authority

MAX_ADDRESS: Final = 64
"""Characters of an address, at most: IPv6 has 45 and a zone."""

MAX_HOPS: Final = 32
"""Proxies in a row that may be trusted; what X-Forwarded-For holds beyond them is not read."""

_SECURE_SCHEMES: Final = {"http": False, "https": True, "ws": False, "wss": True}


class Client(NamedTuple):
    """What the client asked for, and from where.

    `scheme` is of the scope's own family (http and https, or ws and wss). `host` is the Host header, with its port.
    `address` is a canonical IP address, or what the server calls the peer; None over a Unix socket.
    """

    scheme: str
    host: str
    address: str | None


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose forwarding headers count.

    Args:
        networks: where they connect from; one address is a network of one.
        has_unix: whether a peer without an address, which is one on a Unix socket, is a trusted proxy.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    has_unix: bool = False

    @classmethod
    def parse(cls, entries: Sequence[str]) -> TrustedProxies:
        """Read addresses (`127.0.0.1`), networks (`10.0.0.0/8`), and `unix` for a Unix socket.

        Raises:
            ConfigurationError: an entry is none of these, or trusts everyone.
        """
        if isinstance(entries, str):
            raise ConfigurationError(f"trusted proxies are a list; write [{entries!r}]")
        networks = tuple(_network(entry) for entry in entries if entry != "unix")
        return cls(networks, "unix" in entries)

    def resolve(self, peer: str | None, scheme: str, host: str, headers: Iterable[tuple[bytes, bytes]]) -> Client:
        """Give what the client asked for, believing trusted proxies and nobody else.

        Args:
            peer: the address at the other end of the connection.
            scheme: of the ASGI scope.
            host: the Host header.
            headers: of the ASGI scope, names in lower case; not looked at unless the peer is trusted.
        """
        address = _address(peer) if peer else None
        nearest = _spelled(address) if address is not None else peer or None
        if not self._trusts(peer, address):
            return Client(scheme, host, nearest)
        values = _forwarded(headers)
        return Client(
            _forwarded_scheme(_last(values[b"x-forwarded-proto"]), scheme),
            _forwarded_host(_last(values[b"x-forwarded-host"]), host),
            self._forwarded_address(values[b"x-forwarded-for"], nearest),
        )

    def trusts(self, peer: str | None) -> bool:
        """Tell whether the address at the other end of the connection is that of a trusted proxy; None is a Unix socket."""
        return self._trusts(peer, _address(peer) if peer else None)

    def _trusts(self, peer: str | None, address: IPv4Address | IPv6Address | None) -> bool:
        if not peer:
            return self.has_unix
        return address is not None and any(address in network for network in self.networks)

    def _forwarded_address(self, values: Sequence[str], nearest: str | None) -> str | None:
        for element in reversed(",".join(values).rsplit(",", MAX_HOPS)):
            address = _forwarded_element(element.strip())
            if address is None:
                # Whoever wrote this was no proxy that we know, so nothing further left is worth more.
                break
            nearest = str(address)
            if not self._trusts(nearest, address):
                break
        return nearest


def parse_allowed_hosts(patterns: Sequence[str]) -> tuple[str, ...]:
    """Read the hosts that an app answers for: see `is_allowed_host`.

    Raises:
        ConfigurationError: a pattern is no host, names a port, or matches every host.
    """
    if isinstance(patterns, str):
        raise ConfigurationError(f"allowed hosts are a list; write [{patterns!r}]")
    return tuple(_host_pattern(pattern) for pattern in patterns)


def is_allowed_host(host: str, patterns: Sequence[str]) -> bool:
    """Tell whether a Host header names this app, which a page behind a rebound DNS name cannot make it do.

    `shop.example` is exactly that, `*.shop.example` one label more, `.shop.example` the domain and everything
    below it. Ports do not matter, nor does a final dot. A malformed host is nobody's.

    Args:
        patterns: from `parse_allowed_hosts`.
    """
    authority = parse_authority(host)
    if authority is None:
        return False
    name = authority[0].removesuffix(".")
    parent = name.partition(".")[2]
    return any(
        pattern == name
        or (pattern.startswith(".") and (name.endswith(pattern) or name == pattern[1:]))
        or (pattern.startswith("*.") and parent == pattern[2:])
        for pattern in patterns
    )


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(entry)
    except ValueError as error:
        raise ConfigurationError(
            f'{entry!r} is not a trusted proxy ({error}); write an address ("127.0.0.1"), a network ("10.0.0.0/8"), or "unix"'
        ) from error
    if network.prefixlen == 0:
        raise ConfigurationError(f"{entry!r} trusts everyone, so anyone could write their own address; name the proxies' network")
    return network


def _host_pattern(pattern: str) -> str:
    free = "*." if pattern.startswith("*.") else "." if pattern.startswith(".") else ""
    authority = parse_authority(pattern.removeprefix(free))
    if authority is None:
        raise ConfigurationError(f'{pattern!r} is not a host; write "shop.example", "*.shop.example" or ".shop.example"')
    host, port = authority
    if port is not None:
        raise ConfigurationError(f"the allowed host {pattern!r} names a port, which does not matter here; write {free + host!r}")
    return free + host.removesuffix(".")


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[str]]:
    values: dict[bytes, list[str]] = {b"x-forwarded-for": [], b"x-forwarded-proto": [], b"x-forwarded-host": []}
    for name, value in headers:
        if name in values:
            values[name].append(value.decode("latin-1"))
    return values


def _last(values: Sequence[str]) -> str:
    """The element that the nearest proxy wrote; lines of the same header are one list (RFC 9110 section 5.3)."""
    return values[-1].rpartition(",")[2].strip() if values else ""


def _forwarded_scheme(element: str, scheme: str) -> str:
    is_secure = _SECURE_SCHEMES.get(element.lower())
    if is_secure is None:
        return scheme
    family = "ws" if scheme.startswith("ws") else "http"
    return f"{family}s" if is_secure else family


def _forwarded_host(element: str, host: str) -> str:
    return host if parse_authority(element) is None else element


def _forwarded_element(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address of X-Forwarded-For, which some proxies write with the port, and then IPv6 in brackets."""
    if "%" in text:  # a zone means something on one machine only
        return None
    authority = parse_authority(text)
    return _address(text if authority is None else authority[0].strip("[]"))


@lru_cache(maxsize=REMEMBERED)
def _spelled(address: IPv4Address | IPv6Address) -> str:
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    return _read_address(text) if len(text) <= MAX_ADDRESS else None


@lru_cache(maxsize=REMEMBERED)
def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A dual-stack socket reports IPv4 peers so; they are the same peers.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
