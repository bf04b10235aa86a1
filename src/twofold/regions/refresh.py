"""Which regions of a page are outdated, and their new HTML: the one answer to actions, pulls and live events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from starlette.responses import Response

from twofold.answering import raised
from twofold.cache import PATH_PREFIX, Sequence, current_path
from twofold.call import Call
from twofold.errors import NotFound, Redirect, StoreUnavailable, ValidationFailed
from twofold.frames import frame
from twofold.regions.descriptor import ANY_TAG, NO_TAG, Descriptor, known_hashes, tag_hash
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
    if wish.have.session != call.session.identity:
        # What was bound to the old session is taken no more, and what it showed was for whom the visitor was then.
        return dict.fromkeys(wish.have.regions, "the session is another one since")
    keys = call.setup.keys
    path = tag_hash(keys, PATH_PREFIX + (current_path.get() or ""))
    changes: dict[Sequence, frozenset[str] | None] = {}
    for one in wish.have.regions.values():
        if one.sequence not in changes:
            changes[one.sequence] = await _changed(call, one.sequence)
    return outdated(wish.have, changes, path, wish)


async def _changed(call: Call, since: Sequence) -> frozenset[str] | None:
    try:
        tags = await call.setup.cache_store.changed_tags(since)
    except StoreUnavailable:
        return None
    return None if tags is None else frozenset(one for tag in tags for one in known_hashes(call.setup.keys, tag))


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
        alone = _alone(self.wish.have.regions, self.reasons)
        if PAGE in self.reasons:
            page = await self._page()
            yield page
            alone = alone if page else []  # the browser is about to load the whole page
        async for patch in self._regions(alone):
            yield patch
        if self.stale:
            yield frame(stale=self.stale)
        if self.gone:
            yield frame(gone=self.gone)

    async def _page(self) -> bytes:
        try:
            html = html_in(await self.wish.show(self.scene.call, self.kept))
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            return self._no_page(raised(error))
        if html is None:
            self.gone.append(PAGE)
            return b""
        return frame(region=PAGE, sequence=str(self.scene.sequence), html=html)

    def _no_page(self, failure: Exception | NotFound | Redirect) -> bytes:
        """Keep the old page where the new one is broken; let the browser load what refuses it, or leads elsewhere."""
        if isinstance(failure, Redirect) or as_failure(failure, self.scene.call).status < 500:
            self.gone.append(PAGE)
            return b""
        return frame(failed=PAGE)

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
        values = None if found is None else _values(found, one)
        if found is None or values is None:
            self.gone.append(one.key)
            return b""
        try:
            html = await found.render(values, self.scene.inside(self.kept, one.within))
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            failure = raised(error)
            if isinstance(failure, Redirect):
                self.gone.append(one.key)
                return b""
            as_failure(failure, self.scene.call)
            return frame(failed=one.key)
        return frame(region=one.key, sequence=str(self.scene.sequence), html=str(html))


def _values(found: Region[...], one: Descriptor) -> dict[str, Any] | None:
    """Give the arguments of a region; None where they are those of another build, which took others."""
    try:
        return found.arguments.validate_tree(one.arguments)
    except ValidationFailed:
        return None


def _alone(regions: Mapping[str, Descriptor], reasons: Mapping[str, str]) -> list[Descriptor]:
    """Give the outdated regions that what is around them does not render along.

    What is around one further out does not count: where the one between them is kept, its inside is left out with it.
    """
    return [regions[key] for key in reasons if key != PAGE and (regions[key].within or PAGE) not in reasons]
