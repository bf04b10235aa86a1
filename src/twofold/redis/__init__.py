"""Exchanges with a Redis or Valkey server, 7 or newer: what the shared stores are built on.

    redis = Redis("redis://127.0.0.1:6379/0")
    await redis.run(SCRIPT, [key], [argument])

Every exchange has one deadline for everything, waiting for a connection included. A server that does not answer is asked
less and less often until it does, so that its callers lose no time. Needs the extra `twofold[redis]`.
"""

from __future__ import annotations

from twofold.redis.client import Redis
from twofold.redis.link import Argument, Link, Reply
from twofold.redis.script import Script

__all__ = ["Argument", "Link", "Redis", "Reply", "Script"]
