"""The outbox: names of what committed transactions have changed, until they are published.

A process can die between the commit of a change and its publication. So the names are rows of the same transaction: they are
there exactly when the change is, and whoever finds them later publishes them. Publishing twice does no harm.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.tables import OutboxRow

BATCH = 500
"""How many are published at once."""


async def keep(session: AsyncSession, tags: Iterable[str]) -> Sequence[str]:
    """Write down what the transaction changes, and give the ids of the rows."""
    rows = [OutboxRow(id=secrets.token_hex(8), tag=tag) for tag in tags]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


async def kept(session: AsyncSession) -> Mapping[str, str]:
    """Give what is there, by id."""
    rows = await session.execute(select(OutboxRow.id, OutboxRow.tag).limit(BATCH))
    return {row.id: row.tag for row in rows}


async def forget(session: AsyncSession, published: Iterable[str]) -> None:
    """Take out what has been published."""
    await session.execute(delete(OutboxRow).where(OutboxRow.id.in_(list(published))).execution_options(synchronize_session=False))
