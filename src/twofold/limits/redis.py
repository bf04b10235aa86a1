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
local is_allowed, seen, found = true, {}, {}
for at, key in ipairs(KEYS) do
  local count, window = tonumber(ARGV[at * 2]), tonumber(ARGV[at * 2 + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now - window))
  -- After the server's clock was set back, what it had accepted later than now counts as accepted now.
  for _, later in ipairs(redis.call('ZRANGEBYSCORE', key, string.format('(%d', now), '+inf')) do
    redis.call('ZADD', key, string.format('%d', now), later)
  end
  -- Sent again, because its answer was lost, it is the same request.
  local is_known = redis.call('ZSCORE', key, ARGV[1])
  local others = redis.call('ZCARD', key) - (is_known and 1 or 0)
  -- Of more than the rate, the first to go frees nothing yet.
  local freeing = math.max(0, others - count)
  seen[at] = {count - others, window, redis.call('ZRANGE', key, freeing, freeing, 'WITHSCORES')[2]}
  is_allowed = is_allowed and others < count
end
for at, key in ipairs(KEYS) do
  local left, window, since = unpack(seen[at], 1, 3)
  if is_allowed then
    redis.call('ZADD', key, string.format('%d', now), ARGV[1])
    redis.call('PEXPIRE', key, math.ceil(window / 1000))
  end
  local reset = (since or (is_allowed and now or now - window)) + window - now
  found[at] = {left > 0 and 1 or 0, math.max(0, left - (is_allowed and 1 or 0)), string.format('%d', reset)}
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
