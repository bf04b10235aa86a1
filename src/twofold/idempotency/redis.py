"""Call keys on a Redis or Valkey server, shared by any number of processes.

It keeps duplicates apart as long as the server keeps its keys. One that forgets, because it restarts without its data or
fails over to a copy that lags, lets a late duplicate run again. What must never happen twice carries the call key into the
transaction of its own effect.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from twofold.idempotency.store import Begun, Completed, InFlight, Mismatched, Started
from twofold.redis import Argument, Redis, Script

FORGOTTEN_AFTER_SECONDS = 24 * 60 * 60
"""How long the payload of a crashed call is remembered after its lease, so that no other payload takes its key over."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.25

BEGIN = Script("""#!lua
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local found = redis.call('HMGET', KEYS[1], 'fingerprint', 'outcome', 'fence', 'until_ms', 'by')
if found[1] then
  -- The payload is compared before the lease: another payload under the same key is never a retry.
  if found[1] ~= ARGV[1] then return {'mismatched'} end
  if found[2] then return {'completed', found[2]} end
  if found[5] == ARGV[2] then return {'started', tonumber(found[3])} end
  if now_ms < tonumber(found[4]) then return {'in-flight'} end
end
-- Later than every fence before it, even when the server has lost them.
local fence = math.max(tonumber(found[3] or 0) + 1, now[1] * 1000000 + now[2])
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'by', ARGV[2], 'fence', string.format('%d', fence),
  'until_ms', string.format('%d', now_ms + ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[4])
return {'started', fence}
""")
"""KEYS: call. ARGV: fingerprint, who asks, lease in ms, how long to remember after it in ms."""

RENEW = Script("""#!lua
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'outcome') == 1 then return 0 end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until_ms', string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return 1
""")
"""KEYS: call. ARGV: fence, lease in ms, how long to remember after it in ms."""

COMPLETE = Script("""#!lua
local found = redis.call('HMGET', KEYS[1], 'fence', 'outcome')
if found[1] ~= ARGV[1] then return 0 end
-- Sent again, because the first answer was lost, it is the same outcome.
if found[2] then return found[2] == ARGV[2] and 1 or 0 end
redis.call('HSET', KEYS[1], 'outcome', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
""")
"""KEYS: call. ARGV: fence, outcome, ttl in ms."""

RELEASE = Script("""#!lua
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] and redis.call('HEXISTS', KEYS[1], 'outcome') == 0 then
  redis.call('DEL', KEYS[1])
end
""")
"""KEYS: call. ARGV: fence."""

IS_HELD = Script("""#!lua
local found = redis.call('HMGET', KEYS[1], 'until_ms', 'outcome')
local now = redis.call('TIME')
return (found[1] and not found[2] and now[1] * 1000 + now[2] / 1000 < tonumber(found[1])) and 1 or 0
""")
"""KEYS: call. Gives 1 while a call holds the key."""


class RedisStore:
    """Keep call keys on a server.

    Args:
        redis: the server. Give call keys one that evicts nothing (`maxmemory-policy noeviction`).
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self, identity: str, fingerprint: bytes, *, lease_seconds: float) -> Begun:
        """Claim the key, or tell why not."""
        arguments: list[Argument] = [fingerprint, secrets.token_bytes(16), _ms(lease_seconds), _ms(FORGOTTEN_AFTER_SECONDS)]
        reply = await self._redis.run(BEGIN, [_key(identity)], arguments)
        match reply[0]:
            case b"started":
                return Started(reply[1])
            case b"completed":
                return Completed(reply[1])
            case b"in-flight":
                return InFlight()
            case _:
                return Mismatched()

    async def renew(self, identity: str, fence: int, *, lease_seconds: float) -> bool:
        """Restart the lease of a call that still runs."""
        arguments = [fence, _ms(lease_seconds), _ms(FORGOTTEN_AFTER_SECONDS)]
        return bool(await self._redis.run(RENEW, [_key(identity)], arguments))

    async def complete(self, identity: str, fence: int, outcome: bytes, *, ttl_seconds: float) -> bool:
        """Keep the outcome and end the call."""
        return bool(await self._redis.run(COMPLETE, [_key(identity)], [fence, outcome, _ms(ttl_seconds)]))

    async def release(self, identity: str, fence: int) -> None:
        """Forget the claim so that a retry runs."""
        await self._redis.run(RELEASE, [_key(identity)], [fence])

    async def wait(self, identity: str, *, timeout_seconds: float) -> None:
        """Return when no call holds the key, or when the time is over; it asks again and again, ever less often."""
        clock = asyncio.get_running_loop().time
        deadline, pause_seconds = clock() + timeout_seconds, FIRST_PAUSE_SECONDS
        while await self._redis.run(IS_HELD, [_key(identity)]) and (left_seconds := deadline - clock()) > 0:
            await asyncio.sleep(min(pause_seconds, left_seconds))
            pause_seconds = min(pause_seconds * 1.5, LONGEST_PAUSE_SECONDS)


def _key(identity: str) -> str:
    return f"call:{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
