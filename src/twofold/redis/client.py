"""The pool of connections, its deadline, and what happens when the server does not answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import MasterDownError, ReadOnlyError, RedisError, ResponseError

from twofold.errors import StoreUnavailable
from twofold.redis.breaker import Breaker
from twofold.redis.link import Address, Argument, Link, Reply
from twofold.redis.script import Script

DEADLINE_SECONDS = 0.5
CONNECTIONS = 32

log = logging.getLogger("twofold")

Work: TypeAlias = Callable[[Link], Awaitable[Reply]]


class Redis:
    """A bounded pool of connections to one server; it connects when it is first needed.

    Args:
        url: see `Address`.
        prefix: of all keys.
        deadline_seconds: for one exchange as a whole: waiting for a connection, connecting, sending and the whole answer.
        max_connections: open at once; who finds none waits.

    Raises:
        ConfigurationError: the URL names no server.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "twofold",
        deadline_seconds: float = DEADLINE_SECONDS,
        max_connections: int = CONNECTIONS,
    ) -> None:
        self._address = Address(url, prefix)
        self._deadline_seconds = deadline_seconds
        self._max_connections = max_connections
        self._breaker = Breaker(time.monotonic)
        self._refusals: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = asyncio.Semaphore(max_connections)
        self._idle: list[Link] = []

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Reply:
        """Run a script in one round trip.

        Raises:
            StoreUnavailable: the server did not answer in time, refused, or counts as down. A script that is not
                idempotent may have run.
        """
        return await self._exchange(lambda link: link.run(script, keys, arguments), script)

    async def ping(self) -> None:
        """Return when the server answers; StoreUnavailable when it does not."""
        await self._exchange(lambda link: link.send("PING"), _PING)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """Give a connection of one's own for the block, outside the pool and without a deadline, to wait on.

        Raises:
            StoreUnavailable: it could not be made, or broke inside the block.
        """
        link = self._address.link()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await link.open()
            yield link
        except (TimeoutError, OSError, RedisError) as error:
            raise StoreUnavailable(f"Redis: {error or 'no answer in time'}") from error
        finally:
            await link.close()

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().close()

    async def _exchange(self, work: Work, script: Script) -> Reply:
        if not (script.is_vital or self._breaker.admits()):
            raise StoreUnavailable("Redis: the server counts as down")
        try:
            async with asyncio.timeout(self._deadline_seconds):
                reply = await self._tried(work, script)
        except ResponseError as error:
            # The server answers, and says no: out of memory, no permission, a replica.
            self._breaker.succeed()
            self._tell_refusal(error)
            raise StoreUnavailable(f"Redis: {error}") from error
        except (TimeoutError, OSError, RedisError) as error:
            reason = f"Redis: {str(error) or 'no answer in time'}"
            if self._breaker.fail():
                log.error("%s; asking again now and then, and going on without it", reason)  # noqa: TRY400  no place in our code
            raise StoreUnavailable(reason) from error
        if self._breaker.succeed():
            log.warning("Redis answers again")
        return reply

    async def _tried(self, work: Work, script: Script) -> Reply:
        """Do the work, on a new connection when an idle one turns out to be broken."""
        async with self._place():
            link = await self._taken(is_checked=not script.is_idempotent)
            try:
                return await self._done(work, link)
            except (BrokenConnection, OSError):
                if not script.is_idempotent:
                    raise
            return await self._done(work, await self._opened())

    async def _done(self, work: Work, link: Link) -> Reply:
        try:
            reply = await work(link)
        except ResponseError as error:
            if isinstance(error, ReadOnlyError | MasterDownError):
                await link.close()  # a replica, perhaps the primary of before: the next connection may reach another server
            else:
                self._idle.append(link)
            raise
        except BaseException:
            await link.close()
            raise
        self._idle.append(link)
        return reply

    async def _taken(self, *, is_checked: bool) -> Link:
        while self._idle:
            link = self._idle.pop()
            if not is_checked or await link.is_idle():
                return link
            await link.close()
        return await self._opened()

    async def _opened(self) -> Link:
        # Others that are idle were made before this one was needed; after a restart they are all broken.
        link = self._address.link()
        try:
            await link.open()
        except BaseException:
            await link.close()
            raise
        return link

    def _place(self) -> asyncio.Semaphore:
        """Give the place in the pool of this event loop; connections of another one are of no use here."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._places = asyncio.Semaphore(self._max_connections)
            self._idle = []
        return self._places

    def _tell_refusal(self, refusal: ResponseError) -> None:
        """Log each kind of refusal once."""
        kind = f"{type(refusal).__name__} {str(refusal).partition(' ')[0]}"
        if kind not in self._refusals:
            self._refusals.add(kind)
            log.error("Redis refuses: %s", refusal)


_PING = Script("")
