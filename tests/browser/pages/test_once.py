"""A submission has one effect, whatever becomes of the connection: the visitor sees her success in the end."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import BrowserContext, expect

from support.cutting import cutting
from support.region_app import make_app, world
from support.uvicorn_server import serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("cuts", [1, 2])
async def test_a_connection_cut_between_the_effect_and_the_answer(context: BrowserContext, has_scripts: bool, cuts: int) -> None:
    world.reset()
    async with serving(make_app(live=False)) as port, cutting(port) as (proxy, proxy_port):
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{proxy_port}/counters")
        await page.locator("[name=by]").first.fill("3")
        proxy.cuts = cuts
        left = asyncio.Event()
        page.on("framenavigated", lambda frame: left.set() if frame.url.startswith("chrome-error:") else None)
        await page.locator("button").first.click(no_wait_after=True)
        if not has_scripts and cuts > 1:  # the browser tries again once by itself; then the visitor has to
            await asyncio.wait_for(left.wait(), 10)
            await page.wait_for_load_state()
            await page.reload()
        await expect(page.locator("output")).to_have_text("3")
        await expect(page.locator("section").first).to_contain_text("level 3")
    assert proxy.cuts == 0
    assert world.effects == ["0 by 3"]
