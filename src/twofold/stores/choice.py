"""Which stores an app gets that was given none."""

from __future__ import annotations

from collections.abc import Callable

from twofold import cache, idempotency, limits, locks
from twofold.errors import ConfigurationError
from twofold.stores.stores import Stores


def stores_for(redis_url: str, redis_prefix: str, clock: Callable[[], float]) -> Stores:
    """Give stores on the server at a URL; without one, in the memory of the process.

    Args:
        clock: seconds, for the memory of the process.

    Raises:
        ConfigurationError: the extra `twofold[redis]` is not installed, or the URL names no server.
    """
    if not redis_url:
        return Stores(
            cache.MemoryStore(clock=clock),
            idempotency.MemoryStore(clock=clock),
            locks.current_store(),
            limits.MemoryStore(clock=clock),
        )
    try:
        from twofold.stores.redis import on_redis  # noqa: PLC0415 - an extra that most apps do without
    except ModuleNotFoundError as error:
        raise ConfigurationError("TWOFOLD_REDIS_URL is set, and redis-py is missing: install twofold[redis]") from error
    return on_redis(redis_url, redis_prefix)
