"""Whatever is revalidated meanwhile, and in whatever order patches arrive, a page ends as a fresh one.

A page of regions, some inside others, is shown in one tab. The tab submits several forms at once, others write, and every
rendering, every action and every patch takes as long as Hypothesis says. Once nothing is on its way any more, the tab shows
what a new visitor gets. Faults planted in the server and in the tab must be found by the same test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from markupsafe import Markup

from support import runtime
from support.action_app import SECRET, written
from support.runtime import Answer, Screen
from support.virtual_time import run
from twofold import App, Settings, action, cached, region, revalidate_path, revalidate_tag
from twofold.cache import MemoryStore, revalidation, use
from twofold.regions import PAGE, Descriptor, Region, Scene, refresh
from twofold.testing import Client
from twofold.testing.clock import FrozenClock

TAGS = 2
URL = "/"

# Nothing, a little, and longer than the answer to an action waits for a region.
DELAYS_SECONDS = (0.0, 0.01, 0.3)


@dataclass(frozen=True)
class Part:
    """A region of the page.

    Args:
        around: number of the region around it; one that is not before it is none.
        how: it reads its tag: itself, through one cached function, or through two.
    """

    around: int
    tag: int
    how: str


@dataclass(frozen=True)
class Write:
    """A change of what a tag stands for.

    Args:
        is_own: the tab submits a form, instead of hearing what others did.
        by: it revalidates the tag, or the page's path.
    """

    at_seconds: float
    tag: int
    is_own: bool
    by: str


class World:
    """What the page shows, and how long everything takes."""

    def __init__(self, parts: Sequence[Part], delays: Sequence[float]) -> None:
        self.parts = parts
        self.levels = [0] * TAGS
        self._delays = cycle(delays)

    def inside(self, number: int) -> list[int]:
        """The regions inside one, and those that are in none inside -1."""
        return [inner for inner, part in enumerate(self.parts) if (part.around if part.around < inner else -1) == number]

    async def pause(self) -> None:
        await asyncio.sleep(next(self._delays))


class _Now:
    world: World


@cached(tags="level:{tag}")
async def level(tag: int) -> int:
    await _Now.world.pause()
    found = _Now.world.levels[tag]
    await _Now.world.pause()
    return found


@cached(tags="twice")
async def twice(tag: int) -> int:
    """Says with no tag of its own what it shows."""
    return 2 * await level(tag)


@cached(tags="title")
async def title() -> str:
    return "t"


@region
async def reading(number: int) -> Markup:
    part = _Now.world.parts[number]
    shown = await (level if part.how == "level" else twice)(part.tag)
    return await _section(number, shown)


@region(tags="level:{tag}")
async def declaring(number: int, tag: int) -> Markup:
    await _Now.world.pause()
    return await _section(number, _Now.world.levels[tag])


async def _section(number: int, shown: int) -> Markup:
    return Markup("<section>part {}: {} {}</section>").format(number, shown, await _regions(number))


async def _regions(around: int) -> Markup:
    parts = _Now.world.parts
    shown = [
        declaring(one, parts[one].tag) if parts[one].how == "declared" else reading(one) for one in _Now.world.inside(around)
    ]
    return Markup("").join(await asyncio.gather(*shown))


@action
async def write(tag: int, by: str) -> None:
    await _Now.world.pause()
    change(tag, by)
    await _Now.world.pause()


def change(tag: int, by: str) -> None:
    _Now.world.levels[tag] += 1
    if by == "tag":
        revalidate_tag(f"level:{tag}")
    else:
        revalidate_path(URL)


def make_app() -> App:
    app = App(settings=Settings(mode="production", secrets=SECRET))

    @app.page(URL)
    async def page() -> Markup:
        html = Markup("<html><head><title>{}</title></head><body>page {} {}{}</body></html>")
        return html.format(await title(), await level(0), await _regions(-1), written(write.form(), "tag", "by"))

    return app


app = make_app()


@dataclass(frozen=True)
class Patch(Answer):
    """One frame of an answer, which arrives alone."""

    frame: dict[str, Any]

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [self.frame]


class Tab:
    """A tab whose requests and patches are on their way for a while."""

    def __init__(self, world: World, client: Client) -> None:
        self.world = world
        self.screen = Screen(app, client)
        self._is_open = asyncio.Event()
        self._on_their_way: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._on_their_way.add(asyncio.create_task(work))

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._on_their_way:
            task = self._on_their_way.pop()
            await task

    async def opens(self) -> None:
        await self.screen.open(URL)
        self._is_open.set()

    async def lives(self, one: Write) -> None:
        await asyncio.sleep(one.at_seconds)
        if one.is_own:
            await self._is_open.wait()
            self._arrive(await self.screen.submit(tag=str(one.tag), by=one.by))
            return
        async with revalidation():
            change(one.tag, one.by)
            await self.world.pause()
        await self._pull()

    async def _pull(self, *keys: str) -> None:
        await self._is_open.wait()
        await self.world.pause()
        self._arrive(await self.screen.pull(*keys))

    def _arrive(self, answer: Answer) -> None:
        assert answer.response.status_code == 200
        for frame in answer.frames:
            assert "failed" not in frame
            assert "gone" not in frame
            self.begin(self._show(answer, frame))

    async def _show(self, answer: Answer, frame: dict[str, Any]) -> None:
        await self.world.pause()
        self.screen.apply(Patch(answer.response, frame))
        if "stale" in frame:
            await self._pull(*frame["stale"])


part = st.builds(Part, st.integers(-1, 3), st.integers(0, TAGS - 1), st.sampled_from(["level", "twice", "declared"]))
write_of = st.builds(
    Write, st.sampled_from([0.0, 0.005, 0.1]), st.integers(0, TAGS - 1), st.booleans(), st.sampled_from(["tag", "tag", "path"])
)
parts = st.lists(part, min_size=2, max_size=5)
writes = st.lists(write_of, min_size=2, max_size=4)
delays = st.lists(st.sampled_from(DELAYS_SECONDS), min_size=6, max_size=16)


async def live(world: World, writes: Sequence[Write]) -> tuple[str, str]:
    """Give what the tab shows at the end, and what a new visitor gets."""
    _Now.world = world
    async with Client(app, clock=FrozenClock()) as client:
        with use(app.setup.cache_store):
            tab = Tab(world, client)
            tab.begin(tab.opens())
            for one in writes:
                tab.begin(tab.lives(one))
            await tab.settled()
            return tab.screen.text, (await Screen(app, client.visitor()).open(URL)).text


def check(parts: Sequence[Part], writes: Sequence[Write], delays: Sequence[float]) -> None:
    shown, fresh = run(live(World(parts, delays), writes))
    assert shown == fresh


@given(parts, writes, delays)
@settings(max_examples=50)
def test_a_page_ends_as_a_fresh_one(parts: list[Part], writes: list[Write], delays: list[float]) -> None:
    check(parts, writes, delays)


def of_the_end(scene: Scene, *described: Any) -> str:
    """Describe a region as if it had been rendered after everything that was revalidated meanwhile."""
    store = scene.call.setup.cache_store
    assert isinstance(store, MemoryStore)
    return describe(replace(scene, sequence=store._log.sequence), *described)


describe = Scene.describe


def on_the_page_alone(regions: Mapping[str, Descriptor], reasons: Mapping[str, str]) -> list[Descriptor]:
    """Leave out what is inside a region, whether or not that one is rendered."""
    return [one for key, one in regions.items() if key in reasons and not one.within and PAGE not in reasons]


FAULTS: list[tuple[object, str, object]] = [
    (runtime, "is_older", lambda one, other: False),
    (Scene, "describe", of_the_end),
    (Region, "_own_tags", lambda region, values: []),
    (refresh, "_alone", on_the_page_alone),
    (refresh, "tag_hash", lambda keys, tag: ""),
]


@pytest.mark.parametrize(("owner", "name", "fault"), FAULTS, ids=[name for _, name, _ in FAULTS])
def test_the_test_finds_planted_faults(owner: object, name: str, fault: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, name, fault)
    # The seed makes the search the same each time; this one needs few examples.
    search = settings(max_examples=500, database=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
    with pytest.raises(AssertionError):
        seed(4)(search(given(parts, writes, delays)(check)))()
