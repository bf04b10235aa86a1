"""What is being rendered: which page, how old its readings are at most, and which of its regions the browser keeps."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import unquote

from twofold.cache import (
    PATH_PREFIX,
    Recording,
    Sequence,
    computing,
    current_path,
    forbid_revalidation,
    rendering,
)
from twofold.call import Call
from twofold.errors import ConfigurationError, StoreUnavailable
from twofold.regions.descriptor import Descriptor, tag_hash, tag_hashes
from twofold.scoped import Scoped

PAGE = "page"
"""The key of the page itself: of everything outside its regions."""

UNKNOWN = Sequence("unknown", 0)
"""While the store is down: no log knows this place, so that whatever is asked about it counts as outdated."""


@dataclass(slots=True)  # one for each region, and frozen ones take a microsecond more
class Scene:
    """One rendering.

    Args:
        sequence: read from the log before anything else was.
        kept: keys of the regions that the browser has as they are; they are left out.
        within: key of the region being rendered; empty on the page itself.
        is_live: whether its regions can be asked for again; those of error pages can not.
    """

    call: Call
    sequence: Sequence
    kept: frozenset[str] = frozenset()
    within: str = ""
    is_live: bool = True

    def inside(self, kept: frozenset[str], within: str) -> Scene:
        """Give the scene for rendering a region alone, as it stands inside another one."""
        return Scene(self.call, self.sequence, kept, within, self.is_live)

    def describe(self, key: str, region: str, arguments: dict[str, object], tags: tuple[str, ...]) -> str:
        """Give the signed descriptor of a region that has just been rendered here."""
        hashes = tag_hashes(self.call.setup.keys, tags)
        return Descriptor(key, region, arguments, hashes, self.sequence, self.within).sign(self.call)

    def describe_page(self, found: Recording) -> str:
        """Give the signed descriptor of the page; with the page's path, whose revalidation concerns everything on it."""
        keys = self.call.setup.keys
        hashes = (*tag_hashes(keys, found.tags), tag_hash(keys, PATH_PREFIX + (current_path.get() or "")))
        return Descriptor(PAGE, "", {}, hashes, self.sequence).sign(self.call)


_scene: ContextVar[Scene | None] = ContextVar("twofold_scene", default=None)


class scene_of(AbstractAsyncContextManager[Scene]):  # noqa: N801  it is used as a function
    """Render for a call inside the block: nothing can be revalidated there, and a revalidated path makes its reads miss."""

    def __init__(self, call: Call, kept: frozenset[str] = frozenset(), *, is_live: bool = True) -> None:
        self._call = call
        self._kept = kept
        self._is_live = is_live

    async def __aenter__(self) -> Scene:
        scene = Scene(self._call, await _sequence(self._call), self._kept, is_live=self._is_live)
        path = unquote(self._call.path.decode("latin-1"))
        self._blocks = Scoped(_scene, scene), rendering(path), forbid_revalidation("a page is being rendered")
        for block in self._blocks:
            block.__enter__()
        return scene

    async def __aexit__(self, *failure: object) -> None:
        for block in reversed(self._blocks):
            block.__exit__(None, None, None)


def showing(scene: Scene, key: str) -> AbstractContextManager[object]:
    """Render a region of the scene inside the block."""
    scene.call.is_interactive = True
    return Scoped(_scene, scene.inside(scene.kept, key))


def current_scene(what: str) -> Scene:
    """Give what is being rendered.

    Raises:
        ConfigurationError: nothing is, or a cached function asks: it would keep one visitor's region for all of them.
    """
    cached = computing.get()
    if cached is not None:
        raise ConfigurationError(
            f"{what} is a region, and the cached function {cached} renders it: its HTML would be served to other visitors. "
            "Cache what the region reads, not the region"
        )
    scene = _scene.get()
    if scene is None:
        raise ConfigurationError(f"{what} is a region, which renders only inside a page or a layout")
    return scene


async def _sequence(call: Call) -> Sequence:
    try:
        return await call.setup.cache_store.sequence()
    except StoreUnavailable:
        return UNKNOWN
