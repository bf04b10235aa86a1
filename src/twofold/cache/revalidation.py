"""Revalidation: collected while a body runs, flushed when it ends.

    async with revalidation():
        await inventory.restock(sku, 10)      # commits
        revalidate_tag(f"stock:{sku}")
    # every read that starts here sees the write

The framework puts the block around actions and route handlers; background jobs write it themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from typing import Any, Self, TypeVar, cast

from twofold.cache.context import computing, current_store
from twofold.cache.log import PATH_PREFIX
from twofold.cache.paths import revalidated_paths
from twofold.cache.recording import revalidated
from twofold.cache.store import InvalidationUnconfirmed
from twofold.cache.tags import check_tag
from twofold.errors import ConfigurationError, StoreUnavailable
from twofold.request_context import Served, current_request
from twofold.scoped import Scoped

T = TypeVar("T")

_logger = logging.getLogger("twofold.cache")


class Pending(AbstractAsyncContextManager["Pending"]):
    """What a block is to revalidate when it ends; `revalidation` makes it.

    Args:
        outer: the block around this one, whose tags are pending too until it ends.
        request: in which the block is.
    """

    __slots__ = ("_outer", "_paths", "_tags", "_token", "is_open", "request")

    def __init__(self, outer: Pending | None = None, request: Served | None = None) -> None:
        self._outer = outer
        self.request = request
        self._tags: dict[str, None] = {}
        self._paths: dict[str, None] = {}
        self.is_open = True

    async def __aenter__(self) -> Self:
        self._token = _block.set(self)
        return self

    async def __aexit__(self, kind: object, failure: BaseException | None, traceback: object) -> None:
        _block.reset(self._token)
        if self._tags or self._paths:
            await self.flush(failure)
        self.is_open = False

    @property
    def tags(self) -> tuple[str, ...]:
        """Each tag once, in the order of the calls."""
        return tuple(self._tags)

    @property
    def paths(self) -> tuple[str, ...]:
        """Each path once, in the order of the calls."""
        return tuple(self._paths)

    def add(self, tags: Iterable[str] = (), paths: Iterable[str] = ()) -> None:
        """Collect tags and paths."""
        self._tags.update(dict.fromkeys(tags))
        self._paths.update(dict.fromkeys(paths))

    def drop(self) -> None:
        """Forget everything collected: what it stands for was rolled back, so nothing has changed."""
        self._tags.clear()
        self._paths.clear()

    def covers(self, tags: Iterable[str], path: str | None) -> bool:
        """Whether a read with these tags, on the page of this path, would give what is about to be revalidated."""
        if self.is_open and (path in self._paths or not self._tags.keys().isdisjoint(tags)):
            return True
        return self._outer is not None and self._outer.covers(tags, path)

    async def flush(self, failure: BaseException | None = None) -> None:
        """Revalidate everything collected and return when the store has acknowledged it.

        Args:
            failure: how the body ended, to be told beside an unconfirmed flush.

        Raises:
            InvalidationUnconfirmed: the store did not.
        """
        self.is_open = False
        if not self._tags and not self._paths:
            return
        try:
            await _to_the_end(current_store().invalidate(self.tags, self.paths))
        except StoreUnavailable as error:
            unconfirmed = InvalidationUnconfirmed(self.tags, self.paths)
            if failure is not None:
                unconfirmed.add_note(f"The body had failed before: {failure!r}")
            raise unconfirmed from error
        record = revalidated.get()
        if record is not None:
            record.add([*self.tags, *(PATH_PREFIX + path for path in self.paths)])


_block: ContextVar[Pending | None] = ContextVar("twofold_cache_pending", default=None)

_refusal: ContextVar[str | None] = ContextVar("twofold_cache_refusal", default=None)


def revalidation() -> Pending:
    """Collect `revalidate_tag` and `revalidate_path` inside the block and flush them when it ends.

    The flush happens also when the body failed or was cancelled, because its writes may have been committed, and before
    control returns. A block inside a block flushes its own. A database transaction that has certainly been rolled back
    calls `drop` on what the block gives.

        async with revalidation() as pending, session.begin():
            try:
                yield session           # whatever the body revalidates waits for the commit
            except BaseException:
                pending.drop()
                raise

    Raises:
        InvalidationUnconfirmed: after the body, when the store did not acknowledge the flush.
    """
    return Pending(current_pending(), current_request())


def current_pending() -> Pending | None:
    """Give what is to be revalidated when the block around here ends, or the body of the request."""
    block, request = _block.get(), current_request()
    # A block around a request is none of its own.
    if block is not None and block.request is request:
        return block
    return None if request is None else cast("Pending | None", request.pending)


async def collected(request: Served, body: Coroutine[Any, Any, T]) -> T:
    """Await the body of a request, as inside a block of `revalidation` that is made when something is collected.

    Raises:
        InvalidationUnconfirmed: after the body, when the store did not acknowledge what it collected.
    """
    request.collects = True
    try:
        result = await body
    except BaseException as failure:
        request.collects = False
        if request.pending is not None:
            await request.pending.flush(failure)
        raise
    request.collects = False
    if request.pending is not None:
        await request.pending.flush()
    return result


def revalidate_tag(*tags: str) -> None:
    """Let every cached read that carries one of these tags, and starts after this block's end, compute anew.

    Call it where the data changes: in an action, a route handler, or inside `async with revalidation()`.

    Raises:
        ConfigurationError: elsewhere, or for what is not a tag (a text of 1 to 256 characters).
    """
    for tag in tags:
        check_tag(tag, "revalidate_tag()")
    _collector("revalidate_tag()").add(tags=tags)


def revalidate_path(path: str) -> None:
    """Let every cached read on the page at this path, and starting after this block's end, compute anew.

    Args:
        path: as in a link, such as `/products/A-1`; a trailing slash makes no difference.

    Raises:
        ConfigurationError: where nothing may be revalidated, or for what is not a path.
    """
    paths = revalidated_paths(path)
    _collector("revalidate_path()").add(paths=paths)


def forbid_revalidation(reason: str) -> AbstractContextManager[object]:
    """Refuse `revalidate_tag` and `revalidate_path` inside the block.

    Args:
        reason: completes "… is not allowed", such as "while the page /products renders".
    """
    return Scoped(_refusal, reason)


def _collector(call: str) -> Pending:
    name = computing.get()
    if name is not None:
        raise ConfigurationError(f"{call} is not allowed inside the cached function {name}, which only reads. {_REMEDY}")
    reason = _refusal.get()
    if reason is not None:
        raise ConfigurationError(f"{call} is not allowed {reason}: reading must not change what others read. {_REMEDY}")
    collector = current_pending()
    if collector is None:
        collector = _of_request(current_request())
    if collector is None:
        raise ConfigurationError(f"{call} was called outside an action and a route handler. {_REMEDY}")
    if not collector.is_open:
        raise ConfigurationError(f"{call} was called after its action, handler or block had ended. {_REMEDY}")
    return collector


def _of_request(request: Served | None) -> Pending | None:
    """Begin to collect for the body of a request, where one runs."""
    if request is None or request.collects is None:
        return None
    collector = request.pending = Pending(None, request)
    collector.is_open = request.collects
    return collector


_REMEDY = "Call it where the data changes: in an action or a route handler; in other code, inside `async with revalidation():`"


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await work that a cancellation must not stop half way; the cancellation goes on when it is done."""
    task = asyncio.create_task(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancellation = error
        except Exception:  # noqa: BLE001 - read from the task below
            break
    if cancellation is None or task.cancelled():
        return task.result()
    failure = task.exception()
    if failure is not None:
        _logger.error("A revalidation failed while its caller was cancelled", exc_info=failure)
    raise cancellation
