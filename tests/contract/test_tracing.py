"""What the development panel is told of a call, and that nobody else is told of it."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Any

import pytest

from support.action_app import Tab, target, token
from support.panel_app import make_app, new_shelf, under_development
from support.stock_app import frames_of
from twofold import App
from twofold.tracing import Trace

KEY = "k" * 22
TAGS = ("stock:lamp", "stock:chair", "total", "path:/")


@pytest.fixture(autouse=True)
def _full_shelf() -> None:
    new_shelf()


@pytest.fixture
def app() -> App:
    return under_development(make_app("development"))


@pytest.fixture
def tab(app: App) -> Tab:
    """A tab of somebody who runs `twofold dev`."""
    return Tab(app)


def descriptors(page: str) -> list[str]:
    return re.findall(r'(?:name="twofold" content|data-tf-region)="([^"]+)"', page)


def shown_to_panel(page: str) -> Any:
    return json.loads(html.unescape(re.findall(r'data-panel="([^"]*)"', page)[0]))


def key_of(page: str, **arguments: str) -> str:
    """The key of the region with these arguments."""
    trees = [json.loads(base64.b64decode(one.partition(".")[0])) for one in descriptors(page)]
    (found,) = [str(one["k"]) for one in trees if one["r"] and one["p"] == arguments]
    return found


async def submit(
    tab: Tab, page: str, *, form: int = 0, key: str = KEY, within: str = "page", **fields: str
) -> list[dict[str, Any]]:
    have = json.dumps(descriptors(page))
    values = {"_tf": token(page, form), **fields, "_tf_have": have, "_tf_from": within}
    response = await tab.post(target(page, form), values, headers={"Twofold-Call": key})
    return frames_of(response.text)


async def pull(tab: Tab, page: str, url: str = "/") -> list[dict[str, Any]]:
    response = await tab.client.post(url, json=descriptors(page), headers={"Twofold-Pull": "1"})
    return frames_of(response.text)


def trace_in(frames: list[dict[str, Any]]) -> Any:
    (trace,) = [frame["trace"] for frame in frames if "trace" in frame]
    return trace


def told_of(trace: Any, **arguments: str) -> Any:
    (found,) = [one for one in trace["regions"] if one["arguments"] == arguments and one["key"] != "page"]
    return found


async def test_a_trace_names_the_action_its_key_and_what_it_wrote(tab: Tab) -> None:
    trace = trace_in(await submit(tab, (await tab.open("/")).text, quantity="2"))
    assert (trace["action"], trace["key"], trace["replayed"]) == ("support.panel_app.sell", KEY, False)
    assert trace["written"] == ["stock:lamp"]
    assert trace["ms"] > 0


async def test_it_says_of_each_region_why_it_was_rendered_and_what_it_read(tab: Tab) -> None:
    trace = trace_in(await submit(tab, (await tab.open("/")).text, quantity="2"))
    lamp = told_of(trace, sku="lamp")
    assert lamp["region"] == "support.panel_app.amount"
    assert (lamp["reason"], lamp["outcome"]) == ("a tag that it read was revalidated", "rendered")
    assert lamp["tags"] == ["stock:lamp"]
    assert lamp["bytes"] == len('<p id="lamp">lamp: 3 left</p>')
    assert lamp["ms"] >= 0


async def test_the_tags_of_a_region_are_its_own_and_those_of_all_its_reads(tab: Tab) -> None:
    trace = trace_in(await submit(tab, (await tab.open("/")).text, quantity="2"))
    assert told_of(trace)["tags"] == ["shelf", "total", "stock:lamp", "stock:chair"]


async def test_what_is_kept_is_counted_and_not_named(tab: Tab) -> None:
    trace = trace_in(await submit(tab, (await tab.open("/")).text, quantity="2"))
    assert trace["kept"] == 1
    assert [one["arguments"] for one in trace["regions"]] == [{}, {"sku": "lamp"}, {}]


async def test_it_stands_before_the_sequence(tab: Tab) -> None:
    frames = await submit(tab, (await tab.open("/")).text, quantity="2")
    assert [next(iter(frame)) for frame in frames[-2:]] == ["trace", "sequence"]


async def test_a_failure_has_a_trace_and_has_written_nothing(tab: Tab) -> None:
    frames = await submit(tab, (await tab.open("/")).text, quantity="99")
    assert frames[0]["failure"]["code"] == "SOLD_OUT"
    trace = trace_in(frames)
    assert (trace["action"], trace["written"], trace["kept"]) == ("support.panel_app.sell", [], 3)


async def test_a_duplicate_says_that_nothing_ran(tab: Tab) -> None:
    page = (await tab.open("/")).text
    await submit(tab, page, quantity="2")
    trace = trace_in(await submit(tab, page, quantity="2"))
    assert (trace["replayed"], trace["written"]) == (True, [])


async def test_a_redirect_tells_of_the_page_that_comes_along(tab: Tab) -> None:
    frames = await submit(tab, (await tab.open("/")).text, form=1)
    assert frames[0] == {"redirect": "/closed"}
    trace = trace_in(frames)
    assert trace["written"] == ["path:/"]
    assert [one["region"] for one in trace["regions"]] == ["/closed", "support.panel_app.amount"]
    assert {one["reason"] for one in trace["regions"]} == {"the redirect leads to its page"}


async def test_a_pull_tells_of_no_action(tab: Tab) -> None:
    page = (await tab.open("/")).text
    await submit(tab, page, quantity="2")
    trace = trace_in(await pull(tab, page))
    assert (trace["action"], trace["key"], trace["written"]) == (None, None, [])
    assert told_of(trace, sku="lamp")["reason"] == "a tag that it read was revalidated"


async def test_a_page_that_was_asked_for_brings_its_own_trace(tab: Tab) -> None:
    trace = shown_to_panel((await tab.open("/")).text)
    assert [one["region"] for one in trace["regions"]] == [
        "/",
        "support.panel_app.amount",
        "support.panel_app.amount",
        "support.panel_app.shelf",
    ]
    assert {one["reason"] for one in trace["regions"]} == {"the page was asked for"}


async def test_a_region_that_fails_is_told_as_failed(app: App, tab: Tab) -> None:
    page = (await tab.open("/")).text
    new_shelf().is_broken = True
    await app.setup.cache_store.invalidate(["total"], [])
    frames = await pull(tab, page)
    told = told_of(trace_in(frames))
    assert (told["outcome"], told["ms"], told["bytes"]) == ("failed", None, None)
    assert [one for one in frames if "failed" in one]


async def test_a_region_that_takes_too_long_is_told_as_late(tab: Tab) -> None:
    page = (await tab.open("/")).text
    new_shelf().gate.clear()
    frames = await submit(tab, page, within=key_of(page, sku="lamp"), quantity="2")
    trace = trace_in(frames)
    assert told_of(trace, sku="lamp")["outcome"] == "late"
    assert told_of(trace)["outcome"] == "rendered"


def test_what_is_inside_a_late_region_is_late_too() -> None:
    trace = Trace()
    trace.begin("outer", "shop.outer")
    trace.begin("inner", "shop.inner", within="outer").end("<i></i>", ())
    trace.begin("innermost", "shop.innermost", within="inner")
    trace.begin("other", "shop.other")
    told = trace.tell({}, late=["outer"])
    assert [one["outcome"] for one in told["regions"]] == ["late", "rendered", "late", "failed"]


@pytest.mark.parametrize("mode", ["production", "test", "development"])
async def test_nobody_else_is_told_of_a_trace_or_a_tag(mode: str) -> None:
    tab = Tab(make_app(mode))
    page = (await tab.open("/")).text
    answers = [page]
    for number, (form, quantity) in enumerate([(0, "2"), (0, "2"), (0, "99"), (1, "")]):
        frames = await submit(tab, page, form=form, key=f"{number // 2}" * 22, quantity=quantity)
        answers.append(json.dumps(frames))
        assert not [one for one in frames if "trace" in one]
    answers.append(json.dumps(await pull(tab, page)))
    assert "sequence" in answers[-1]
    assert "data-panel" not in page
    assert [tag for tag in TAGS for answer in answers if tag in answer] == []


async def test_the_panel_comes_with_pages_under_development_only(tab: Tab) -> None:
    assert "data-panel" in (await tab.open("/")).text


async def test_a_patch_of_the_page_does_not_bring_the_trace_twice(tab: Tab) -> None:
    frames = await submit(tab, (await tab.open("/")).text, quantity="2")
    (patch,) = [one for one in frames if one.get("region") == "page"]
    assert 'data-panel=""' in patch["html"]
