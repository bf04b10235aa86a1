"""What scripts did to the page stays, until the server really says something else."""

from __future__ import annotations

import pytest

from browser.morph.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_added_class_stays(stage: Stage) -> None:
    await stage.show('<div><p class="a b">x</p></div>')
    await stage.run("() => { const { classList } = document.querySelector('p'); classList.add('mine'); classList.remove('a'); }")
    await stage.morph('<div><p class="a c">x</p></div>')
    assert await stage.run("() => [...document.querySelector('p').classList].sort()") == ["c", "mine"]


async def test_last_class_goes_without_a_trace(stage: Stage) -> None:
    await stage.show('<div><p class="a">x</p></div>')
    await stage.morph("<div><p>x</p></div>")
    assert await stage.inner() == "<div><p>x</p></div>"


async def test_set_attribute_stays(stage: Stage) -> None:
    await stage.show('<div><p title="a">x</p></div>')
    await stage.run("() => { document.querySelector('p').dataset.mine = '1'; document.querySelector('p').style.color = 'red'; }")
    await stage.morph('<div><p title="b" lang="en">y</p></div>')
    assert await stage.inner() == '<div><p title="b" data-mine="1" style="color: red;" lang="en">y</p></div>'


async def test_removed_attribute_stays_away(stage: Stage) -> None:
    await stage.show('<div><p hidden title="a">x</p></div>')
    await stage.run("() => { document.querySelector('p').hidden = false; }")
    await stage.morph('<div><p hidden title="b">x</p></div>')
    assert not await stage.run("() => document.querySelector('p').hidden")


async def test_server_overrules_an_attribute_that_it_changes(stage: Stage) -> None:
    await stage.show('<div><p title="a">x</p></div>')
    await stage.run("() => { document.querySelector('p').title = 'mine'; }")
    await stage.morph('<div><p title="b">x</p></div>')
    assert await stage.run("() => document.querySelector('p').title") == "b"


async def test_added_node_stays_beside_its_neighbour(stage: Stage) -> None:
    await stage.show('<div><p id="a">a</p><p id="b">b</p></div>')
    await stage.run("() => document.querySelector('#a').after(document.createElement('hr'))")
    await stage.morph('<div><p id="n">n</p><p id="a">a!</p><p id="c">c</p><p id="b">b</p></div>')
    assert await stage.run("() => [...document.querySelectorAll('div > *')].map((one) => one.id || one.localName)") == [
        "n",
        "a",
        "c",
        "hr",
        "b",
    ]


async def test_removed_node_stays_away(stage: Stage) -> None:
    await stage.show('<div><p id="flash">Saved</p><p id="a">a</p></div>')
    await stage.run("() => document.querySelector('#flash').remove()")
    await stage.morph('<div><p id="flash">Saved</p><p id="a">b</p></div>')
    assert await stage.inner() == '<div><p id="a">b</p></div>'


async def test_removed_node_returns_when_the_server_changes_it(stage: Stage) -> None:
    await stage.show('<div><p id="flash">Saved</p><p id="a">a</p></div>')
    await stage.run("() => document.querySelector('#flash').remove()")
    await stage.morph('<div><p id="flash">Saved again</p><p id="a">a</p></div>')
    assert await stage.inner() == '<div><p id="flash">Saved again</p><p id="a">a</p></div>'
    await stage.morph('<div><p id="flash">Thrice</p><p id="a">a</p></div>')
    assert await stage.inner() == '<div><p id="flash">Thrice</p><p id="a">a</p></div>'


async def test_order_that_a_script_made_stays(stage: Stage) -> None:
    html = '<ul><li id="a">a</li><li id="b">b</li><li id="c">{}</li></ul>'
    await stage.show(html.format("c"))
    await stage.run("() => document.querySelector('ul').prepend(document.querySelector('#c'))")
    await stage.morph(html.format("c!"))
    assert await stage.at("ul").inner_text() == "c!\na\nb"


async def test_countdown_goes_on(stage: Stage) -> None:
    html = '<p class="{}"><span>15:00</span></p>'
    await stage.show(html.format("a"))
    await stage.run("() => { document.querySelector('span').textContent = '14:59'; }")
    await stage.morph(html.format("b"))
    assert await stage.at("span").inner_text() == "14:59"


async def test_countdown_takes_the_servers_new_time(stage: Stage) -> None:
    html = "<p><span>{}</span></p>"
    await stage.show(html.format("15:00"))
    for said in ["12:00", "11:00"]:
        await stage.run("() => { document.querySelector('span').textContent = '14:59'; }")
        await stage.morph(html.format(said))
        assert await stage.at("span").inner_text() == said


async def test_text_that_a_script_dressed_up_takes_the_servers_new_text(stage: Stage) -> None:
    await stage.show("<p><code>let a</code></p>")
    await stage.run("() => document.querySelector('code').replaceChildren(document.createElement('b'), 'a')")
    await stage.morph("<p><code>let b</code></p>")
    assert await stage.inner() == "<p><code>let b</code></p>"


async def test_island_keeps_its_content(stage: Stage) -> None:
    html = '<div><p>{0}</p><div id="island" data-props="{0}"><form><input name="_tf" value="{0}"></form></div></div>'
    await stage.show(html.format(1))
    await stage.run("() => document.querySelector('#island').replaceChildren(document.createElement('button'))")
    for number in [2, 3]:
        await stage.morph(html.format(number))
        assert await stage.inner() == f'<div><p>{number}</p><div id="island" data-props="{number}"><button></button></div></div>'


async def test_empty_mount_keeps_its_content(stage: Stage) -> None:
    await stage.show('<div><p>a</p><div id="mount"></div></div>')
    await stage.run("() => document.querySelector('#mount').append('app')")
    await stage.morph('<div class="b"><p>b</p><div id="mount" class="c"></div></div>')
    assert await stage.at("#mount").inner_text() == "app"


async def test_element_that_a_script_took_elsewhere_is_changed_and_removed_there(stage: Stage) -> None:
    await stage.show('<div><p id="a">a</p><p id="b">b</p></div>')
    await stage.run("() => document.body.append(document.querySelector('#a'))")
    await stage.morph('<div><p id="a">a!</p><p id="b">b</p></div>')
    assert await stage.at("body > #a").inner_text() == "a!"
    await stage.morph('<div><p id="b">b</p></div>')
    assert await stage.at("#a").count() == 0


async def test_listeners_and_identity_stay(stage: Stage) -> None:
    await stage.show('<div><button class="a">Press</button></div>')
    await stage.hold("button")
    await stage.run("() => document.querySelector('button').addEventListener('click', () => { stage.pressed = true; })")
    await stage.morph('<div><p>new</p><button class="b">Press me</button></div>')
    await stage.at("button").click()
    assert await stage.run("() => stage.pressed")
    assert await stage.is_held("button")


DEFINE = """(name) => {
  stage.calls = [];
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ["data-n"];
    connectedCallback() { stage.calls.push("connected"); }
    disconnectedCallback() { stage.calls.push("disconnected"); }
    connectedMoveCallback() { stage.calls.push("moved"); }
    attributeChangedCallback(name, was, value) { stage.calls.push(value); }
  });
}"""


async def test_custom_element_is_not_connected_again(stage: Stage) -> None:
    html = '<div><p>{0}</p><x-one id="x" data-n="{0}">{0}</x-one></div>'
    await stage.show(html.format(1))
    await stage.run(DEFINE, "x-one")
    await stage.morph("<div><b>new</b>" + html.format(2).removeprefix("<div>"))
    assert await stage.run("() => stage.calls") == ["1", "connected", "2"]


async def test_moved_custom_element_is_told_so(stage: Stage) -> None:
    await stage.show('<div><p id="a">a</p><p id="b">b</p><x-two id="x"></x-two></div>')
    await stage.run(DEFINE, "x-two")
    await stage.morph('<div><x-two id="x"></x-two><p id="a">a</p><p id="b">b</p></div>')
    expected = ["connected", "moved"] if stage.is_lossless else ["connected", "disconnected", "connected"]
    assert await stage.run("() => stage.calls") == expected


async def test_new_custom_element_is_upgraded_once_in_the_page_only(stage: Stage) -> None:
    await stage.show("<div></div>")
    await stage.run(DEFINE, "x-three")
    await stage.morph('<div><x-three data-n="1"></x-three></div>')
    assert await stage.run("() => stage.calls") == ["1", "connected"]


async def test_shadow_root_stays(stage: Stage) -> None:
    await stage.show('<div><p id="a">a</p></div>')
    await stage.run("() => document.querySelector('#a').attachShadow({ mode: 'open' }).append('shadow')")
    await stage.morph('<div><p id="a" class="b">b</p></div>')
    assert await stage.run("() => document.querySelector('#a').shadowRoot.textContent") == "shadow"


async def test_new_scripts_do_not_run(stage: Stage) -> None:
    await stage.show("<div></div>")
    await stage.morph("<div><script>window.hasRun = true</script><script src='/stage.js?again'></script></div>")
    assert await stage.run("() => window.hasRun") is None


async def test_data_of_an_island_changes(stage: Stage) -> None:
    html = '<div><script type="application/json" id="props">{}</script></div>'
    await stage.show(html.format("[1]"))
    await stage.morph(html.format("[2]"))
    assert await stage.run("() => document.querySelector('#props').text") == "[2]"
