"""Stores on one Redis or Valkey server."""

from __future__ import annotations

from twofold.cache.redis import RedisStore as CacheStore
from twofold.idempotency.redis import RedisStore as IdempotencyStore
from twofold.limits.redis import RedisStore as LimitStore
from twofold.locks.redis import RedisStore as LockStore
from twofold.redis import Redis
from twofold.stores.stores import Stores


def on_redis(url: str, prefix: str) -> Stores:
    """Give the stores of an app on the server at this URL; nothing connects yet."""
    redis = Redis(url, prefix=prefix)
    cache = CacheStore(redis)

    async def close() -> None:
        await cache.close()
        await redis.close()

    return Stores(cache, IdempotencyStore(redis), LockStore(redis), LimitStore(redis), redis.ping, close)
