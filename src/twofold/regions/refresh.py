"""Which regions of a page are outdated, and their new HTML: the one answer to actions, pulls and live events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from markupsafe import Markup
from starlette.responses import Response

from twofold.answering import raised
from twofold.cache import PATH_PREFIX, Sequence, current_path
from twofold.call import Call
from twofold.errors import Redirect, StoreUnavailable
from twofold.frames import frame
from twofold.regions.descriptor import ANY_TAG, NO_TAG, Descriptor, tag_hash
from twofold.regions.have import Have
from twofold.regions.region import Region, regions
from twofold.regions.scene import PAGE, Scene, scene_of
from twofold.responses import as_failure, html_in

BUDGET_SECONDS = 0.25
"""How long the answer to an action waits for regions; the browser asks for the rest."""

Show: TypeAlias = Callable[[Call, frozenset[str]], Awaitable[Response]]
"""Renders the page of a route, with `call.submission`, without the regions of these keys, which the browser keeps."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the browser is to be shown anew.

    Args:
        have: what it shows.
        wanted: keys of regions to render in any case: the one that shows how a submission ended, or what was put off.
        is_written: whether an action has succeeded: what has no tags may show something else then.
        show: renders the page itself.
        budget_seconds: None to wait for everything.
    """

    have: Have
    show: Show
    wanted: frozenset[str] = frozenset()
    is_written: bool = False
    budget_seconds: float | None = BUDGET_SECONDS

    def after_success(self) -> Wish:
        """Give the wish for when the action has succeeded."""
        return replace(self, is_written=True)


def outdated(have: Have, changes: Mapping[Sequence, frozenset[str] | None], path: str, wish: Wish) -> dict[str, str]:
    """Decide which regions are outdated, and why.

    Args:
        changes: hashed tags that were revalidated after each place in the log; None where nobody knows.
        path: hash of the page's path as a tag.
    """
    reasons: dict[str, str] = {}
    for key, one in have.regions.items():
        reason = _reason(one, changes[one.sequence], path, wish)
        if reason is not None:
            reasons[key] = reason
    return reasons


def _reason(one: Descriptor, changed: frozenset[str] | None, path: str, wish: Wish) -> str | None:
    if one.key in wish.wanted:
        return "it shows the form that was sent, or was put off"
    if changed is None:
        return "the log no longer knows what has changed since it was rendered"
    if path in changed:
        return "the page's path was revalidated"
    if changed and ANY_TAG in one.tags:
        return "it depends on more tags than are told apart"
    if not changed.isdisjoint(one.tags):
        return "a tag that it read was revalidated"
    if wish.is_written and NO_TAG in one.tags:
        return "an action succeeded, and it read nothing that has a tag"
    return None


async def refreshed(call: Call, wish: Wish) -> AsyncIterator[bytes]:
    """Give the frames of a wish: patches as they are ready, what is left to ask for, and the sequence at the end."""
    async with scene_of(call) as scene:
        reasons = await _outdated(call, wish)
        work = _Work(scene, wish, reasons)
        async for patch in work.patches():
            yield patch
        if call.trace is not None:
            yield frame(trace=call.trace.tell(reasons, kept=len(work.kept), late=work.stale))
        yield frame(sequence=str(scene.sequence))


async def _outdated(call: Call, wish: Wish) -> dict[str, str]:
    keys = call.setup.keys
    path = tag_hash(keys, PATH_PREFIX + (current_path.get() or ""))
    changes: dict[Sequence, frozenset[str] | None] = {}
    for one in wish.have.regions.values():
        if one.sequence not in changes:
            changes[one.sequence] = await _changed(call, one.sequence)
    return outdated(wish.have, changes, path, wish)


async def _changed(call: Call, since: Sequence) -> frozenset[str] | None:
    try:
        found = await call.setup.cache_store.changes(since)
    except StoreUnavailable:
        return None
    if found is None:
        return None
    return frozenset(tag_hash(call.setup.keys, tag) for tag in {tag for change in found for tag in change.tags})


class _Work:
    """Rendering what is outdated."""

    def __init__(self, scene: Scene, wish: Wish, reasons: Mapping[str, str]) -> None:
        self.scene = scene
        self.wish = wish
        self.reasons = reasons
        self.gone = list(wish.have.gone)
        self.stale: list[str] = []
        self.kept = frozenset(wish.have.regions.keys() - reasons.keys())

    async def patches(self) -> AsyncIterator[bytes]:
        if PAGE in self.reasons:
            yield await self._page()
        elif self.reasons:
            async for patch in self._regions(_outermost(self.wish.have.regions, self.reasons)):
                yield patch
        if self.stale:
            yield frame(stale=self.stale)
        if self.gone:
            yield frame(gone=self.gone)

    async def _page(self) -> bytes:
        html = html_in(await self.wish.show(self.scene.call, self.kept))
        if html is None:
            self.gone.append(PAGE)
            return b""
        return frame(region=PAGE, sequence=str(self.scene.sequence), html=html)

    async def _regions(self, wanted: Iterable[Descriptor]) -> AsyncIterator[bytes]:
        """Render in parallel, within the budget."""
        loop = asyncio.get_running_loop()
        budget = self.wish.budget_seconds
        deadline = None if budget is None else loop.time() + budget
        waiting = {asyncio.create_task(self._patch(one)): one.key for one in wanted}
        try:
            while waiting:
                timeout = None if deadline is None else max(0.0, deadline - loop.time())
                done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    self.stale.extend(waiting.values())
                    return
                for task in done:
                    del waiting[task]
                    yield task.result()
        finally:
            for task in waiting:
                task.cancel()

    async def _patch(self, one: Descriptor) -> bytes:
        found: Region[...] | None = regions.find(one.region)
        if found is None:
            self.gone.append(one.key)
            return b""
        try:
            html = await self._render(found, one)
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            failure = raised(error)
            if isinstance(failure, Redirect):
                self.gone.append(one.key)
                return b""
            as_failure(failure, self.scene.call)
            return frame(failed=one.key)
        return frame(region=one.key, sequence=str(self.scene.sequence), html=str(html))

    async def _render(self, found: Region[...], one: Descriptor) -> Markup:
        values = found.arguments.validate_tree(one.arguments) if one.arguments else {}
        return await found.render(values, self.scene.inside(self.kept, one.within))


def _outermost(regions: Mapping[str, Descriptor], reasons: Mapping[str, str]) -> list[Descriptor]:
    """Give the outdated regions that are inside no other outdated one, which renders them along."""
    return [regions[key] for key in reasons if not any(one in reasons for one in _around(regions, key))]


def _around(regions: Mapping[str, Descriptor], key: str) -> Iterable[str]:
    seen = {key}
    while (key := regions[key].within) and key not in seen:  # pages of two moments can tell different stories
        yield key
        seen.add(key)
        if key not in regions:
            return
