"""Regions as components: what they take, and where they render."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from support.region_calls import call_of
from twofold import ConfigurationError, UploadFile, ValidationFailed, cached, region
from twofold.cache import use
from twofold.regions import Region, scene_of
from twofold.regions.region import key_of, regions
from twofold.regions.scene import UNKNOWN


@region
async def pair(a: int, b: str = "b") -> Markup:
    return Markup("<p>{} {}</p>").format(a, b)


@region
def plain() -> Markup:
    return Markup("<p>plain</p>")


@region
async def text() -> str:
    return "<p>not marked as HTML</p>"


@region
async def several() -> Markup:
    return Markup("<p>a</p><p>b</p>")


@cached(tags="pairs")
async def kept_html() -> str:
    return str(await pair(1))


def without_descriptor(html: str) -> str:
    return re.sub(' data-tf-region="[^"]+"', "", html)


async def test_a_region_is_awaited_like_its_function_and_gives_its_html_with_a_descriptor() -> None:
    async with scene_of(call_of()):
        html = await pair(1, b="c")
    assert without_descriptor(html) == "<p>1 c</p>"
    assert html != without_descriptor(html)


async def test_a_sync_function_is_a_region_too() -> None:
    async with scene_of(call_of()):
        assert without_descriptor(await plain()) == "<p>plain</p>"


async def test_the_order_in_which_arguments_are_named_changes_nothing() -> None:
    async with scene_of(call_of()):
        assert await pair(a=1, b="c") == await pair(b="c", a=1) == await pair(1, "c")


async def test_arguments_are_checked_like_those_of_an_action() -> None:
    async with scene_of(call_of()):
        with pytest.raises(ValidationFailed):
            await pair("one")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"pair\(\) missing"):
            await pair()  # type: ignore[call-arg]


async def test_outside_a_page_there_is_nothing_to_render_for() -> None:
    with pytest.raises(ConfigurationError, match=r"test_region\.pair is a region, which renders only inside a page or a layout"):
        await pair(1)


async def test_a_cached_function_cannot_keep_one_visitors_region_for_everyone() -> None:
    call = call_of()
    with use(call.setup.cache_store):
        async with scene_of(call):
            with pytest.raises(ConfigurationError, match=r"the cached function .*kept_html renders it: .*other visitors"):
                await kept_html()


async def test_text_that_is_not_marked_as_html_is_no_element() -> None:
    async with scene_of(call_of()):
        with pytest.raises(ConfigurationError, match=r"test_region\.text has to give one element"):
            await text()


@pytest.mark.parametrize(("mode", "is_refused"), [("development", True), ("production", False)])
async def test_a_second_element_is_looked_for_in_development(mode: str, is_refused: bool) -> None:
    call = call_of(mode=mode)
    async with scene_of(call):
        if is_refused:
            with pytest.raises(ConfigurationError, match="several has to give one element"):
                await several()
        else:
            assert without_descriptor(await several()) == "<p>a</p><p>b</p>"


async def test_what_the_browser_keeps_is_not_rendered() -> None:
    key = key_of(pair.id, {"a": 1})
    async with scene_of(call_of(), frozenset({key})):
        assert await pair(1) == f'<template data-tf-keep="{key}"></template>'
        assert without_descriptor(await pair(2)) == "<p>2 b</p>"


async def test_on_an_error_page_a_region_is_plain_html() -> None:
    async with scene_of(call_of(), is_live=False):
        assert await pair(1) == "<p>1 b</p>"


async def test_keys_are_short_and_tell_arguments_and_regions_apart() -> None:
    keys = [key_of(*one) for one in (("r", {}), ("r", {"a": 1}), ("r", {"a": "1"}), ("s", {"a": 1}))]
    assert len(set(keys)) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16}", key) for key in keys)


def test_a_region_is_found_by_its_dotted_name() -> None:
    assert pair.id.endswith("test_region.pair")
    assert regions.find(pair.id) is pair
    assert repr(pair) == f"<region {pair.id}>"


def test_a_region_cannot_take_a_file() -> None:
    async def picture(file: UploadFile) -> Markup:
        raise NotImplementedError

    with pytest.raises(ConfigurationError, match="A region cannot take a file"):
        region(picture)


def test_a_tag_names_only_parameters() -> None:
    async def named(sku: str) -> Markup:
        raise NotImplementedError

    with pytest.raises(ConfigurationError, match="product"):
        region(tags="stock:{product}")(named)


@pytest.mark.parametrize("count", [0, 2])
def test_a_fallback_takes_the_failure(count: int) -> None:
    async def part() -> Markup:
        raise NotImplementedError

    fallback = {0: lambda: Markup(""), 2: lambda failure, more: Markup("")}[count]
    with pytest.raises(ConfigurationError, match="fallback= takes the failure and gives HTML at once"):
        region(fallback=fallback)(part)  # type: ignore[arg-type]


def test_a_fallback_gives_its_html_at_once() -> None:
    async def part() -> Markup:
        raise NotImplementedError

    async def later(failure: object) -> Markup:
        raise NotImplementedError

    with pytest.raises(ConfigurationError, match="at once"):
        Region(part, fallback=later)


def test_the_place_while_the_store_is_down_is_in_no_log() -> None:
    assert str(UNKNOWN) == "unknown-0"
