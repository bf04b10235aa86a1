"""What the page shows until an answer is there."""

from __future__ import annotations

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import form, patch, region

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def like(number: int, shown: str = "<p id=count title='{n} likes'>{n} likes</p>") -> str:
    inner = (
        f'<input type=hidden name=n value="{number}"><template data-tf-optimistic="count">{shown}</template><button>+</button>'
    )
    return form(inner, attributes=f"id=like{number}")


def count(text: str, sequence: str = "e-1") -> str:
    return region("box", f"<p id=count>{text}</p>", sequence)


async def shown(stage: Stage) -> list[str]:
    found: list[str] = await stage.run(
        "() => [...document.querySelectorAll('#count')].filter((one) => !one.hidden).map((one) => one.textContent)"
    )
    return found


async def test_a_layer_shows_until_its_patch_is_there(stage: Stage) -> None:
    await stage.show(count("0 likes") + like(1))
    ask = await stage.submit()
    await stage.until("() => document.querySelector('[data-tf-layer]')")
    assert await shown(stage) == ["1 likes"]
    assert await stage.at("[data-tf-layer]").get_attribute("title") == "1 likes"
    ask.succeed(patch("box", count("1 like", "e-2"), "e-2"))
    await stage.idle()
    assert await shown(stage) == ["1 like"]
    assert await stage.at("[data-tf-layer]").count() == 0


async def test_no_frame_shows_what_was_before(stage: Stage) -> None:
    await stage.show(count("0 likes") + like(1))
    ask = await stage.submit()
    await stage.until("() => document.querySelector('[data-tf-layer]')")
    await stage.run(
        """() => {
          window.painted = new Set();
          const look = () => {
            painted.add([...document.querySelectorAll('#count')].filter((one) => !one.hidden).map((one) => one.textContent).join());
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    ask.succeed(patch("box", count("1 like", "e-2"), "e-2"))
    await stage.until("() => painted.has('1 like')")
    assert await stage.run("() => [...painted]") == ["1 likes", "1 like"]


async def test_a_failure_takes_only_its_own_layer(stage: Stage) -> None:
    await stage.show(count("0 likes") + like(1) + like(2) + like(3))
    asks = [await stage.submit(f"#like{number} button") for number in (1, 2, 3)]
    await stage.until("() => document.querySelector('[data-tf-layer]')?.textContent === '3 likes'")
    asks[1].fail(error="No")
    await stage.until("() => twofold.pending.length === 2")
    assert await shown(stage) == ["3 likes"]
    asks[2].succeed()
    await stage.until("() => twofold.pending.length === 1")
    await stage.until("() => document.querySelector('[data-tf-layer]')?.textContent === '1 likes'")
    asks[0].succeed(patch("box", count("2 likes by now", "e-2"), "e-2"))
    await stage.idle()
    assert await shown(stage) == ["2 likes by now"]


async def test_a_layer_lies_on_what_others_change_meanwhile(stage: Stage) -> None:
    await stage.show(count("0 likes") + like(1))
    ask = await stage.submit()
    await stage.until("() => document.querySelector('[data-tf-layer]')")
    await stage.run("() => { window.pulled = twofold.pull(); }")
    (await stage.wire.asked()).answer(patch("box", count("5 likes", "e-2"), "e-2"), {"sequence": "e-2"})
    await stage.run("() => pulled")
    assert await shown(stage) == ["1 likes"]
    ask.fail(error="No")
    await stage.idle()
    await stage.until("() => !document.querySelector('[data-tf-layer]')")
    assert await shown(stage) == ["5 likes"]


async def test_a_layer_without_content_lets_its_element_disappear(stage: Stage) -> None:
    await stage.show(count("row") + like(1, shown=""))
    ask = await stage.submit()
    await stage.until("() => document.querySelector('#count').hidden")
    ask.fail(error="No")
    await stage.until("() => !document.querySelector('#count').hidden")
    assert await shown(stage) == ["row"]


async def test_values_are_text(stage: Stage) -> None:
    inner = (
        '<input name=n><template data-tf-optimistic="count"><p id=count title="{n}">{n}{other}</p></template><button>+</button>'
    )
    await stage.show(count("0") + form(inner))
    evil = '<img src=x onerror="told.push(1)">" onclick="told.push(1)'
    await stage.at("[name=n]").fill(evil)
    ask = await stage.submit()
    layer = stage.at("[data-tf-layer]")
    await layer.wait_for()
    assert await layer.inner_text() == evil + "{other}"
    assert await layer.get_attribute("title") == evil
    assert await stage.at("img").count() == 0
    ask.succeed()
    await stage.idle()
