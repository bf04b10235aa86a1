"""What is open, scrolled, loaded or playing goes on."""

from __future__ import annotations

import pytest

from browser.morph.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# A second of silence: 8,000 samples of one byte.
SILENCE = (
    "(() => { const bytes = new Uint8Array(8044).fill(128); const head = 'RIFF\\x64\\x1f\\0\\0WAVEfmt \\x10\\0\\0\\0\\x01\\0\\x01\\0"
    "\\x40\\x1f\\0\\0\\x40\\x1f\\0\\0\\x01\\0\\x08\\0data\\x40\\x1f\\0\\0'; for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);"
    " return 'data:audio/wav;base64,' + btoa(String.fromCharCode(...bytes)); })()"
)


async def test_opened_details_stay_open(stage: Stage) -> None:
    await stage.show("<div><p></p><details><summary>More</summary>text</details></div>")
    await stage.at("summary").click()
    await stage.morph("<div><p>changed</p><details><summary>More</summary>other text</details></div>", draft="server")
    assert await stage.run("() => document.querySelector('details').open")
    assert "other text" in await stage.inner()


async def test_closed_details_stay_closed(stage: Stage) -> None:
    await stage.show("<div><p></p><details open><summary>More</summary>text</details></div>")
    await stage.at("summary").click()
    await stage.morph("<div><p>changed</p><details open><summary>Less</summary>text</details></div>")
    assert not await stage.run("() => document.querySelector('details').open")


async def test_server_opens_and_closes_details(stage: Stage) -> None:
    await stage.show("<div><details><summary>More</summary>text</details></div>")
    for is_open in [True, False]:
        await stage.morph(f"<div><details{' open' * is_open}><summary>More</summary>text</details></div>")
        assert await stage.run("() => document.querySelector('details').open") == is_open


async def test_modal_dialog_stays_modal(stage: Stage) -> None:
    html = '<div><p>{0}</p><dialog id="d"><p>{0}</p><input></dialog></div>'
    await stage.show(html.format("a"))
    await stage.run("() => document.querySelector('dialog').showModal()")
    await stage.type_into("input", "x")
    await stage.morph(html.format("b"))
    await stage.page.keyboard.type("y")
    assert await stage.run("() => document.querySelector('dialog').matches(':modal')")
    assert await stage.value("input") == "xy"
    assert await stage.at("dialog p").inner_text() == "b"


async def test_modal_dialog_that_the_server_closes_frees_the_page(stage: Stage) -> None:
    html = "<div><button>Press</button><dialog{}>text</dialog></div>"
    await stage.show(html.format(" open"))
    await stage.run("() => { const one = document.querySelector('dialog'); one.close(); one.showModal(); }")
    await stage.morph(html.format(""))
    assert not await stage.run("() => document.querySelector('dialog').matches(':modal')")
    await stage.at("button").click()


async def test_popover_stays_open(stage: Stage) -> None:
    html = '<div><p>{0}</p><button popovertarget="menu">Menu</button><div popover id="menu">{0}</div></div>'
    await stage.show(html.format("a"))
    await stage.at("button").click()
    await stage.morph(html.format("b"))
    assert await stage.run("() => document.querySelector('#menu').matches(':popover-open')")
    assert await stage.at("#menu").inner_text() == "b"


async def test_scrolled_list_stays_where_it_is(stage: Stage) -> None:
    row = '<li id="{0}" style="height: 50px">{0}</li>'
    box = '<ul id="box" style="height: 100px; overflow: auto">{}</ul>'
    lists = ["".join(row.format(f"r{number}") for number in numbers) for numbers in (range(40), range(1, 41))]
    await stage.show(f'<div><section id="a">a</section><section id="b">{box.format(lists[0])}</section></div>')
    await stage.run("() => { document.querySelector('#box').scrollTop = 500; }")
    await stage.morph(
        f'<div><section id="b">{box.format(lists[1])}</section><section id="c">c</section><section id="a">a</section></div>'
    )
    assert abs(await stage.run("() => document.querySelector('#box').scrollTop") - 500) <= 50


async def test_scrolled_list_moves_with_its_place(stage: Stage) -> None:
    parts = {
        name: f'<div id="{name}" style="height: 50px; overflow: auto"><p style="height: 500px">{name}</p></div>' for name in "abc"
    }
    await stage.show(f"<div>{parts['a']}{parts['b']}{parts['c']}</div>")
    await stage.run("() => { for (const id of 'abc') document.getElementById(id).scrollTop = 100; }")
    await stage.morph(f"<div>{parts['c']}{parts['b']}{parts['a']}</div>")
    assert await stage.run("() => [...'abc'].map((id) => document.getElementById(id).scrollTop)") == [100, 100, 100]


async def test_page_stays_scrolled(stage: Stage) -> None:
    await stage.show('<div><p id="a" style="height: 3000px">a</p></div>')
    await stage.run("() => scrollTo(0, 700)")
    await stage.morph('<div><p id="a" style="height: 3000px">b</p><p>c</p></div>')
    assert await stage.run("() => scrollY") == 700


async def test_frame_is_not_loaded_again(stage: Stage) -> None:
    await stage.show('<div><iframe src="/frame"></iframe></div>')
    await stage.run("() => { document.querySelector('iframe').contentWindow.mark = 1; }")
    await stage.morph('<div class="a"><p>new</p><iframe src="/frame"></iframe></div>')
    assert await stage.run("() => document.querySelector('iframe').contentWindow.mark") == 1


async def test_moved_frame_is_not_loaded_again(stage: Stage) -> None:
    if not stage.is_lossless:
        pytest.skip("only `moveBefore` moves a frame without loading it again")
    await stage.show('<div><p id="a">a</p><p id="b">b</p><section id="c"><iframe src="/frame"></iframe></section></div>')
    await stage.run("() => { document.querySelector('iframe').contentWindow.mark = 1; }")
    await stage.morph('<div><section id="c"><iframe src="/frame"></iframe></section><p id="a">a</p><p id="b">b</p></div>')
    assert await stage.run("() => document.querySelector('iframe').contentWindow.mark") == 1


async def test_frame_of_another_document_is_another_frame(stage: Stage) -> None:
    await stage.show('<div><iframe srcdoc="<p>a"></iframe></div>')
    await stage.morph('<div><iframe srcdoc="<p>b"></iframe></div>')
    assert await stage.page.frame_locator("iframe").locator("p").inner_text() == "b"


async def test_sound_plays_on(stage: Stage) -> None:
    html = '<div><p>{}</p><audio id="a" loop></audio></div>'
    await stage.show(html.format("a"))
    await stage.run(
        f"() => {{ const one = document.querySelector('audio'); one.muted = true; one.src = {SILENCE}; return one.play(); }}"
    )
    await stage.morph(html.format("b"))
    assert await stage.run("() => !document.querySelector('audio').paused")


async def test_animation_runs_on(stage: Stage) -> None:
    html = '<div><p>{0}</p><b id="a" class="{0}">a</b></div>'
    await stage.show(html.format("a"))
    await stage.run(
        "() => { stage.run = document.querySelector('b').animate({ opacity: [0, 1] }, 60000); stage.run.currentTime = 30000; }"
    )
    await stage.morph("<div><i>new</i>" + html.format("b").removeprefix("<div>"))
    assert await stage.run("() => stage.run.playState === 'running' && stage.run.currentTime >= 30000")
    assert await stage.run("() => document.querySelector('b').getAnimations()[0] === stage.run")


async def test_transition_starts_from_the_old_look(stage: Stage) -> None:
    html = '<div><b id="a" class="{}" style="transition: opacity 60s">a</b></div>'
    await stage.show(html.format("") + "<style>.gone { opacity: 0 }</style>")
    await stage.run("() => getComputedStyle(document.querySelector('b')).opacity")
    await stage.morph(html.format("gone"))
    assert await stage.run("() => document.querySelector('b').getAnimations().length") == 1


async def test_drawing_stays(stage: Stage) -> None:
    html = '<div><p>{}</p><canvas width="2" height="2"></canvas></div>'
    await stage.show(html.format("a"))
    await stage.run("() => document.querySelector('canvas').getContext('2d').fillRect(0, 0, 2, 2)")
    await stage.morph(html.format("b"))
    assert await stage.run("() => document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data[3]") == 255


async def test_selected_words_stay_selected(stage: Stage) -> None:
    await stage.show('<div><p id="a">a</p><p id="b">some words</p></div>')
    await stage.run(
        "() => getSelection().setBaseAndExtent(document.querySelector('#b').firstChild, 0, document.querySelector('#b').firstChild, 4)"
    )
    await stage.morph('<div><p id="c">new</p><p id="b">some words</p><p id="a">a!</p></div>')
    assert await stage.run("() => String(getSelection())") == "some"
