"""Calls that happen once: what a call key was used for, and the answer it got.

The key is written in the transaction of the effect. A crash leaves both or neither, and a duplicate that
comes at the same time waits for its lock and finds the answer.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import KeyReused
from services.tables import CallKeyRow

KEPT = timedelta(hours=24)
"""How long a key is remembered; used again later, it is a new call."""


def fingerprint(*arguments: str | int) -> str:
    """Give the same text for the same arguments, and another for others."""
    return hashlib.sha256(json.dumps(arguments).encode()).hexdigest()


async def recall(session: AsyncSession, principal: str, key: str, arguments: str) -> CallKeyRow | None:
    """Find the answer that a key got before.

    Args:
        arguments: fingerprint of the call's arguments.

    Raises:
        KeyReused: the key got its answer for other arguments.
    """
    known = await session.scalar(select(CallKeyRow).where(CallKeyRow.principal == principal, CallKeyRow.key == key))
    if known is not None and known.fingerprint != arguments:
        raise KeyReused
    return known


async def forget(session: AsyncSession, now: datetime, limit: int) -> None:
    """Forget keys that have been kept long enough, no more than `limit` of them."""
    old = select(CallKeyRow.id).where(CallKeyRow.created_at <= now - KEPT).limit(limit).with_for_update(skip_locked=True)
    await session.execute(delete(CallKeyRow).where(CallKeyRow.id.in_(old)).execution_options(synchronize_session=False))
