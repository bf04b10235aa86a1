"""One connection to the server, and the life of the server that it goes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import NoScriptError, RedisError

from twofold.errors import ConfigurationError
from twofold.redis.script import Script

Reply: TypeAlias = Any
"""What the server gave: bytes, an int, None, or a list of these."""

Argument: TypeAlias = bytes | str | int | float

_RUN_ID = re.compile(rb"^run_id:(\w+)", re.MULTILINE)


class Link:
    """A connection whose exchanges follow one another.

    After a failed or cancelled exchange it is of no use: what arrives next may be the answer to something else.

    Attributes:
        run_id: of the server behind this connection, known since it was made. A restart or a failover ends the connection,
            so no exchange can reach another life of the server than the one it names.
    """

    def __init__(self, connection: AbstractConnection, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix
        self.run_id = ""

    async def open(self) -> None:
        """Connect and learn which life of the server this is."""
        await self._connection.connect()  # type: ignore[no-untyped-call]
        found = _RUN_ID.search(await self.send("INFO", "server"))
        if found is None:
            raise BrokenConnection("the server does not tell its run_id (INFO server)")
        self.run_id = found[1].decode()

    async def close(self) -> None:
        """Give the connection up, without waiting for the server."""
        await self._connection.disconnect(nowait=True)

    async def is_idle(self) -> bool:
        """Whether the connection still stands and nothing arrives that nobody asked for."""
        try:
            return not await self._connection.can_read()
        except (RedisError, OSError):
            return False

    async def send(self, *command: Argument) -> Reply:
        """Send one command and give its answer.

        Raises:
            RedisError: the server refused it, or the connection broke.
        """
        await self._connection.send_packed_command(self._connection.pack_command(*command), check_health=False)
        return await self._connection.read_response()

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Reply:
        """Run a script; the server gets its source when it does not know it yet."""
        named = [self.key(script, key) for key in keys]
        try:
            return await self.send("EVALSHA", script.sha, len(named), *named, *arguments)
        except NoScriptError:
            return await self.send("EVAL", script.source, len(named), *named, *arguments)

    def key(self, script: Script, key: str) -> str:
        """Give the key's whole name. All names share one hash tag, so that a cluster keeps them on one node."""
        return f"{{{self._prefix}}}{self.run_id if script.is_of_one_life else ''}:{key}"


class Address:
    """Where the server is, and how to connect to it.

    Args:
        url: `redis://[[user]:password@]host[:port][/database]`, `rediss://` with TLS, `unix://` and a path.
        prefix: of all keys, so that several apps can share a server.

    Raises:
        ConfigurationError: the URL names no server.
    """

    def __init__(self, url: str, prefix: str) -> None:
        if not prefix or "{" in prefix or "}" in prefix:
            raise ConfigurationError(f"{prefix!r} cannot begin the names of keys; write something like 'shop'")
        try:
            self._options: dict[str, Any] = dict(parse_url(url))
        except ValueError as error:
            raise ConfigurationError(f"the URL of the Redis server: {error}") from error
        self._kind: type[AbstractConnection] = self._options.pop("connection_class", Connection)
        self._prefix = prefix

    def link(self) -> Link:
        """Give a connection that is yet to be opened. It has no time-outs of its own: the deadline is the caller's."""
        once = Retry(NoBackoff(), 0)
        connection = self._kind(
            **self._options, protocol=2, socket_timeout=None, socket_connect_timeout=None, retry=once, client_name="twofold"
        )
        return Link(connection, self._prefix)
