"""What runs on the server, each in one atomic step. Every key belongs to one life of the server.

    entry:<key>   an entry as bytes, for its fresh and its stale time
    tag:<hash>    the token of a tag
    guards        a hash, lost as a whole or not at all: "" is the epoch, "#" the number of invalidations, ":" and a path
                  the token of that path
    log           a stream of the last invalidations, numbered within the epoch
    lead:<hash>   who computes what

A replica refuses all of them (`#!lua` without `no-writes`): its versions may be outdated.
"""

from __future__ import annotations

from twofold.redis import Script

LOG_LENGTH = 4_096
"""Invalidations that the log remembers."""

_EPOCH = """#!lua
local function epoch(fresh, ttl)
  local found = redis.call('HGET', KEYS[1], '')
  if not found then
    -- What the log knows is of an epoch that is gone, and its numbers begin anew.
    redis.call('DEL', KEYS[2])
    redis.call('HSET', KEYS[1], '', fresh, '#', 0)
    found = fresh
  end
  redis.call('PEXPIRE', KEYS[1], ttl)
  return found
end
"""

READ = Script(
    """#!lua flags=allow-oom
local tokens = #KEYS > 2 and redis.call('MGET', unpack(KEYS, 3)) or {}
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]), redis.call('HMGET', KEYS[2], '', ARGV[1]), tokens}
""",
    is_of_one_life=True,
)
"""KEYS: entry, guards, tags... ARGV: path. Gives the entry, its time in ms, epoch and guard, tokens."""

VERSIONS = Script("#!lua flags=allow-oom\nreturn redis.call('MGET', unpack(KEYS))", is_of_one_life=True)
"""KEYS: tags. Gives their tokens."""

MINT = Script(
    _EPOCH
    + """
local now = epoch(ARGV[1], ARGV[2])
local tokens = {}
for at = 3, #KEYS do
  tokens[at - 2] = redis.call('GET', KEYS[at])
  if tokens[at - 2] then
    redis.call('PEXPIRE', KEYS[at], ARGV[2])
  else
    tokens[at - 2] = ARGV[at]
    redis.call('SET', KEYS[at], ARGV[at], 'PX', ARGV[2])
  end
end
local guards = #ARGV > #KEYS and redis.call('HMGET', KEYS[1], unpack(ARGV, #KEYS + 1)) or {}
return {now, tokens, guards}
""",
    is_of_one_life=True,
)
"""KEYS: guards, log, tags... ARGV: new epoch, ttl in ms, new tokens..., paths... Gives epoch, tokens, guards."""

WRITE = Script("#!lua\nredis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])", is_of_one_life=True)
"""KEYS: entry. ARGV: the entry, its time in ms."""

INVALIDATE = Script(
    _EPOCH
    + f"""
epoch(ARGV[1], ARGV[2])
for at = 3, #KEYS do
  redis.call('SET', KEYS[at], ARGV[at + 2], 'PX', ARGV[2])
end
for at = #KEYS + 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[1])
  epoch(ARGV[1], ARGV[2])
end
local number = redis.call('HINCRBY', KEYS[1], '#', 1)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', {LOG_LENGTH}, number .. '-1', 'tags', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return number
""",
    is_vital=True,
    is_of_one_life=True,
)
"""KEYS: guards, log, tags... ARGV: new epoch, ttl in ms, JSON for the log, fields allowed, new tokens..., (path, token)..."""

SEQUENCE = Script(
    _EPOCH + "return {epoch(ARGV[1], ARGV[2]), redis.call('HGET', KEYS[1], '#')}",
    is_of_one_life=True,
)
"""KEYS: guards, log. ARGV: new epoch, ttl in ms. Gives the epoch and the number of invalidations in it."""

CHANGES = Script(
    """#!lua flags=allow-oom
local place = redis.call('HMGET', KEYS[1], '', '#')
return {place[1], place[2], redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-1', '+')}
""",
    is_of_one_life=True,
)
"""KEYS: guards, log. ARGV: a number. Gives epoch, number, and the lines of the log after that number."""

LEAD = Script(
    """#!lua
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
""",
    is_idempotent=False,
    is_of_one_life=True,
)
"""KEYS: lead. ARGV: who, for how many ms. Gives OK, or nothing when another one leads."""

YIELD = Script(
    "#!lua\nif redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end",
    is_of_one_life=True,
)
"""KEYS: lead. ARGV: who."""
