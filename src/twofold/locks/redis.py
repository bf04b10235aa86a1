"""Locks from a Redis or Valkey server, for any number of processes.

A lease makes sure that a crashed holder does not keep a lock for ever. It cannot make sure that a holder that was away for
longer than its lease does not come back and write: the fence does, where the write carries it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from contextlib import suppress

from twofold.errors import StoreUnavailable
from twofold.redis import Redis, Script

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.1

PATIENCE_SECONDS = 2.0
"""How long a place in line stays taken by a caller that asks no more, because its process has crashed."""

ACQUIRE = Script("""#!lua
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local holder = redis.call('HMGET', KEYS[1], 'by', 'until_ms', 'fence')
local is_held = holder[1] and now_ms < tonumber(holder[2])
if is_held and holder[1] == ARGV[1] then return tonumber(holder[3]) end
-- In line stand those who asked lately; they come in the order in which they came first.
local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
while first do
  local seen_ms = redis.call('HGET', KEYS[3], first)
  if seen_ms and now_ms - seen_ms < tonumber(ARGV[3]) then break end
  redis.call('ZREM', KEYS[2], first)
  redis.call('HDEL', KEYS[3], first)
  first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
end
if not is_held and (not first or first == ARGV[1]) then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  local fence = math.max(tonumber(holder[3] or 0) + 1, now[1] * 1000000 + now[2])
  redis.call('HSET', KEYS[1], 'by', ARGV[1], 'until_ms', string.format('%d', now_ms + ARGV[2]), 'fence',
    string.format('%d', fence))
  redis.call('PEXPIRE', KEYS[1], ARGV[2] + 86400000)
  return fence
end
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  redis.call('ZADD', KEYS[2], (last[2] or 0) + 1, ARGV[1])
end
redis.call('HSET', KEYS[3], ARGV[1], string.format('%d', now_ms))
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return false
""")
"""KEYS: lock, line, seen. ARGV: who, lease in ms, patience in ms. Gives the fence, or nothing while others go first."""

LEAVE = Script("""#!lua
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
if redis.call('HGET', KEYS[1], 'by') == ARGV[1] then redis.call('HDEL', KEYS[1], 'by') end
""")
"""KEYS: lock, line, seen. ARGV: who."""

RENEW = Script("""#!lua
local holder = redis.call('HMGET', KEYS[1], 'by', 'fence')
if not holder[1] or holder[2] ~= ARGV[1] then return 0 end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until_ms', string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2] + 86400000)
return 1
""")
"""KEYS: lock. ARGV: fence, lease in ms."""

RELEASE = Script("""#!lua
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then redis.call('HDEL', KEYS[1], 'by') end
""")
"""KEYS: lock. ARGV: fence. What stays for a day is the fence, so that the next one is greater."""


class RedisStore:
    """Grant locks to all processes that use the server.

    Args:
        redis: the server.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:
        """Take the lock, in the order in which callers came."""
        clock = asyncio.get_running_loop().time
        deadline, pause_seconds = clock() + wait_seconds, FIRST_PAUSE_SECONDS
        keys, me = _keys(name), secrets.token_hex(16)
        fence: int | None = None
        try:
            while True:
                fence = await self._redis.run(ACQUIRE, keys, [me, _ms(lease_seconds), _ms(PATIENCE_SECONDS)])
                left_seconds = deadline - clock()
                if fence is not None or left_seconds <= 0:
                    return fence
                await asyncio.sleep(min(pause_seconds, left_seconds))
                pause_seconds = min(pause_seconds * 1.5, LONGEST_PAUSE_SECONDS)
        finally:
            if fence is None:
                with suppress(StoreUnavailable):  # a place in line and a lease end by themselves
                    await self._redis.run(LEAVE, keys, [me])

    async def renew(self, name: str, fence: int, *, lease_seconds: float) -> bool:
        """Restart the lease of a holder that still works."""
        return bool(await self._redis.run(RENEW, _keys(name)[:1], [fence, _ms(lease_seconds)]))

    async def release(self, name: str, fence: int) -> None:
        """Give the lock to the next in line."""
        await self._redis.run(RELEASE, _keys(name)[:1], [fence])


def _keys(name: str) -> list[str]:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return [f"{part}:{digest}" for part in ("lock", "line", "seen")]


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
