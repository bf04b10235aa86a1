"""Values and versions on a Redis or Valkey server, shared by any number of processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Collection
from collections.abc import Sequence as Several

from twofold.cache.encoded import decode, encode
from twofold.cache.log import PATH_PREFIX, Change, Sequence
from twofold.cache.memory import new_random_token
from twofold.cache.near import Copy, Near
from twofold.cache.scripts import CHANGES, INVALIDATE, LEAD, MINT, READ, SEQUENCE, VERSIONS, WRITE, YIELD
from twofold.cache.store import Entry, Lookup, Reads, Token, Versions
from twofold.redis import Argument, Link, Redis, Reply

DAY_SECONDS = 24 * 60 * 60
LONGEST_SECONDS = 30 * DAY_SECONDS
"""How long an entry without an end is kept, and a token that nobody asks for: a day longer, so that entries go first."""

MAX_PATHS = 4_096
"""Paths that have a token; beyond them everything goes."""

WAKE_MS = 1_000
"""How long a follower waits for the log at a time. A log that was lost wakes nobody, and is found out after this time."""

ASK_SECONDS = 0.05
"""Between two questions of the copy in this process, which lags behind by that and a round trip."""

ANSWER_SECONDS = 2.0
"""How long a follower waits for an answer beyond that time, before it takes the connection for broken."""

_GUARDS, _LOG = "guards", "log"


class RedisStore:
    """Keep entries and versions on a server, which all processes of an app share.

    The promise of the cache holds over evictions, flushes and restarts of the server, with a snapshot or without.
    While it does not answer, reads compute and revalidations are reported as unconfirmed.

    Args:
        redis: the server; a primary, whatever stands in front of it.
    """

    clock = staticmethod(time.monotonic)

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ttl_ms = (LONGEST_SECONDS + DAY_SECONDS) * 1000
        self._copy = Copy(self, self._answers, self.clock)
        self._leading: dict[bytes, bytes] = {}

    async def close(self) -> None:
        """Give up what follows the server."""
        await self._copy.close()

    def near(self, max_staleness_seconds: float) -> Reads:
        """Give what answers reads from a copy in this process, which asks the server's log twenty times a second."""
        return Near(self._copy, max_staleness_seconds)

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        """Give the entry of a key and the versions that decide about it, in one round trip."""
        keys = [_entry_key(key), _GUARDS, *map(_tag_key, tags)]
        encoded, left_ms, (epoch, guard), tokens = await self._redis.run(READ, keys, [_field(path or "")])
        known = None if path is None else guard
        if encoded is None:
            return Lookup(None, None, epoch, tuple(tokens), known)
        entry, stale_seconds = decode(encoded)
        fresh_seconds = None if stale_seconds is None else left_ms / 1000 - stale_seconds
        return Lookup(entry, fresh_seconds, epoch, tuple(tokens), known)

    async def versions(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        """Give the tokens of tags, in their order."""
        if not tags:
            return ()
        return tuple(await self._redis.run(VERSIONS, [*map(_tag_key, tags)]))

    async def mint(self, tags: tuple[str, ...], paths: Collection[str]) -> Versions:
        """Give the tokens of tags and the epoch, made where missing, and the tokens that paths have."""
        arguments: list[Argument] = [new_random_token(), self._ttl_ms, *(new_random_token() for _ in tags), *map(_field, paths)]
        epoch, tokens, guards = await self._redis.run(MINT, [_GUARDS, _LOG, *map(_tag_key, tags)], arguments)
        known = {path: guard for path, guard in zip(paths, guards, strict=True) if guard is not None}
        return Versions(epoch, tuple(tokens), known)

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        """Keep an entry; one whose versions are outdated never matches."""
        lives_seconds = LONGEST_SECONDS if fresh_seconds is None else fresh_seconds + stale_seconds
        encoded = encode(entry, None if fresh_seconds is None else stale_seconds)
        await self._redis.run(WRITE, [_entry_key(key)], [encoded, max(1, round(lives_seconds * 1000))])

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        """Replace the tokens of tags and paths, and return when the server has done it."""
        names = [*tags, *(PATH_PREFIX + path for path in paths)]
        told = json.dumps(names, ensure_ascii=False)
        tokens = [new_random_token() for _ in tags]
        guards = [one for path in paths for one in (_field(path), new_random_token())]
        arguments: list[Argument] = [new_random_token(), self._ttl_ms, told, MAX_PATHS + 2, *tokens, *guards]
        self._copy.drop(names)
        try:
            await self._redis.run(INVALIDATE, [_GUARDS, _LOG, *map(_tag_key, tags)], arguments)
        finally:
            # What was read while it was under way may be older.
            self._copy.drop(names)

    async def lead(self, name: bytes, *, lease_seconds: float) -> bool:
        """Tell one process that it is the one to compute."""
        me = new_random_token()
        if await self._redis.run(LEAD, [_lead_key(name)], [me, max(1, round(lease_seconds * 1000))]) is None:
            return False
        self._leading[name] = me
        return True

    async def lead_ends(self, name: bytes) -> None:
        """Let another process compute."""
        me = self._leading.pop(name, None)
        if me is not None:
            await self._redis.run(YIELD, [_lead_key(name)], [me])

    async def sequence(self) -> Sequence:
        """Give the place of the last invalidation."""
        return _place(*await self._redis.run(SEQUENCE, [_GUARDS, _LOG], [new_random_token(), self._ttl_ms]))

    async def changes(self, since: Sequence) -> tuple[Change, ...] | None:
        """Give what was invalidated after a place; None when that is no longer known."""
        return _known(await self._redis.run(CHANGES, [_GUARDS, _LOG], [since.number]), since)

    async def changed_tags(self, since: Sequence) -> set[str] | None:
        """Give each tag of `changes` once."""
        changes = await self.changes(since)
        return None if changes is None else {tag for change in changes for tag in change.tags}

    async def follow(self, after: Sequence) -> AsyncIterator[Change | None]:
        """Give each invalidation after a place as it happens; None where some of them are no longer known.

        Raises:
            StoreUnavailable: the server does not answer any more.
        """
        async with self._redis.link() as link:
            while True:
                changes = await self._since(link, after)
                if changes is None:
                    after = await self._end(link)
                    yield None
                elif changes:
                    for change in changes:
                        yield change
                    after = changes[-1].sequence
                else:
                    stream = link.key(CHANGES, _LOG)
                    await _answered(link.send("XREAD", "BLOCK", WAKE_MS, "STREAMS", stream, f"{after.number}-1"))

    async def _answers(self) -> AsyncIterator[tuple[float, Collection[Change] | None]]:
        """Ask the log again and again; see `near.Log`."""
        async with self._redis.link() as link:
            sent_at, after = self.clock(), await self._end(link)
            yield sent_at, None
            while True:
                await asyncio.sleep(ASK_SECONDS)
                sent_at, changes = self.clock(), await self._since(link, after)
                if changes is None:
                    sent_at, after = self.clock(), await self._end(link)
                elif changes:
                    after = changes[-1].sequence
                yield sent_at, changes

    async def _since(self, link: Link, after: Sequence) -> tuple[Change, ...] | None:
        return _known(await _answered(link.run(CHANGES, [_GUARDS, _LOG], [after.number])), after)

    async def _end(self, link: Link) -> Sequence:
        return _place(*await _answered(link.run(SEQUENCE, [_GUARDS, _LOG], [new_random_token(), self._ttl_ms])))


async def _answered(exchange: Awaitable[Reply]) -> Reply:
    async with asyncio.timeout(WAKE_MS / 1000 + ANSWER_SECONDS):
        return await exchange


def _entry_key(key: bytes) -> str:
    return f"entry:{key.hex()}"


def _lead_key(name: bytes) -> str:
    return f"lead:{name.hex()}"


def _tag_key(tag: str) -> str:
    return f"tag:{hashlib.sha256(tag.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def _field(path: str) -> str:
    """Give the name of a path's token, which is none of the names beside it."""
    return f":{path}"


def _place(epoch: Token, number: bytes) -> Sequence:
    return Sequence(epoch.hex(), int(number))


def _known(reply: Reply, since: Sequence) -> tuple[Change, ...] | None:
    """Give the lines after a place when none of them is missing."""
    epoch, number, lines = reply
    if epoch is None or _place(epoch, number).epoch != since.epoch:
        return None
    if int(number) < since.number:
        return None
    changes = tuple(_change(since.epoch, *line) for line in lines)
    numbers = [change.sequence.number for change in changes]
    return changes if numbers == list(range(since.number + 1, int(number) + 1)) else None


def _change(epoch: str, identity: bytes, fields: Several[bytes]) -> Change:
    return Change(Sequence(epoch, int(identity.partition(b"-")[0])), tuple(json.loads(fields[1])))
