"""Counting on a Redis or Valkey server, exact for all processes that use it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from twofold.limits.standing import Standing
from twofold.limits.store import Allowance
from twofold.redis import Argument, Redis, Script

HIT = Script("""#!lua
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local is_allowed, found = true, {}
for at, key in ipairs(KEYS) do
  local count, window = tonumber(ARGV[at * 2]), tonumber(ARGV[at * 2 + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now - window))
  -- After the server's clock was set back, what it had accepted later than now counts as accepted now.
  for _, later in ipairs(redis.call('ZRANGEBYSCORE', key, string.format('(%d', now), '+inf')) do
    redis.call('ZADD', key, string.format('%d', now), later)
  end
  -- Sent again, because its answer was lost, it is the same request.
  local is_counted = redis.call('ZSCORE', key, ARGV[1])
  local others = redis.call('ZCARD', key) - (is_counted and 1 or 0)
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or now
  is_allowed = is_allowed and others < count
  found[at] = {others < count and 1 or 0, math.max(0, count - others - 1), string.format('%d', oldest + window - now)}
end
if is_allowed then
  for at, key in ipairs(KEYS) do
    redis.call('ZADD', key, string.format('%d', now), ARGV[1])
    redis.call('PEXPIRE', key, math.ceil(ARGV[at * 2 + 1] / 1000))
  end
end
return found
""")
"""KEYS: one for each allowance. ARGV: name of the request, then count and window in microseconds for each."""


class RedisStore:
    """Count the requests of all processes that use the server, in one round trip for each.

    Args:
        redis: the server.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def hit(self, allowances: Sequence[Allowance]) -> tuple[Standing, ...]:
        """Count one request against all of these, or against none."""
        arguments: list[Argument] = [secrets.token_bytes(12)]
        for one in allowances:
            arguments += [one.rate.requests, one.rate.window_seconds * 1_000_000]
        found = await self._redis.run(HIT, [_key(one.key) for one in allowances], arguments)
        return tuple([Standing(bool(is_allowed), left, int(reset) / 1e6) for is_allowed, left, reset in found])


def _key(key: str) -> str:
    return f"limit:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"
