"""The page becomes what the server says, with the fewest changes."""

from __future__ import annotations

import pytest

from browser.morph.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def rows(names: str, template: str = '<li id="{0}">{0}</li>') -> str:
    return "<ul>\n" + "".join(f"  {template.format(name)}\n" for name in names) + "</ul>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<div></div>", "<div>a</div>"),
        ("<div>a</div>", "<div></div>"),
        ("<div>a<b>b</b>c</div>", "<div><b>c</b>a</div>"),
        ("<div><p>a</p></div>", "<div>a</div>"),
        ("<div><!-- a --><p>a</p><!-- b --></div>", "<div><!-- c --><p>a</p></div>"),
        ("<div><p id=a></p><p id=a></p></div>", "<div><p id=a>1</p><p id=b></p><p id=a>2</p><p id=a>3</p></div>"),
        ("<div><p id=a>1</p><p id=a>2</p><p id=a>3</p></div>", "<div><p id=a>3</p><p id=a>1</p></div>"),
        ("<div><p id=a></p></div>", "<div><span id=a></span></div>"),
        (
            "<table><tbody><tr><td>1</table>",
            "<table><caption>c</caption><thead><tr><th>h</thead><tbody><tr><td>2<tr><td>1</table>",
        ),
        ("<div><select><option>a</select></div>", "<div><select><optgroup label=g><option>a<option>b</optgroup></select></div>"),
        ("<div><textarea>a</textarea></div>", "<div><textarea>\n\na</textarea></div>"),
        ("<div><a href=/1>1</a><a href=/2>2</a></div>", "<div><a href=/2>two</a><a href=/1>one</a></div>"),
        ("<div><p class=' a  b '>x</p></div>", "<div><p class='b   c'>x</p></div>"),
        ("<div @click=a :key=1 data-x></div>", "<div @click=b data-x=''>x</div>"),
        ("<div><pre>\n a\n b</pre></div>", "<div><pre>\n a\n  b\n</pre></div>"),
        ("<div><x-a><x-b>1</x-b></x-a></div>", "<div><x-b>1</x-b><x-a></x-a></div>"),
        ("<div><p id=a><b id=b>x</b></p></div>", "<div><b id=b><p id=a>y</p></b></div>"),
        ("<div><p id=a>a</p><p id=b>b</p></div>", "<div><section><p id=b>b</p></section><section><p id=a>a</p></section></div>"),
        ("<div><p id=region>a</p></div>", "<div id=region><p>a</p></div>"),
        ("<div><math><mi>x</mi></math></div>", "<div><math><mi>y</mi><mo>+</mo></math></div>"),
    ],
)
async def test_page_becomes_what_the_server_says(stage: Stage, before: str, after: str) -> None:
    await stage.show(before)
    await stage.morph(after)
    expected = await stage.run("(html) => stage.parse(html).firstElementChild.outerHTML", after)
    assert await stage.inner() == expected
    assert await stage.records(after) == 0


async def test_same_html_touches_nothing(stage: Stage) -> None:
    await stage.show(rows("abc"))
    assert await stage.records(rows("abc")) == 0


async def test_moved_row_is_the_only_one_that_moves(stage: Stage) -> None:
    await stage.show(rows("abcdefghij"))
    await stage.run("() => { stage.all = [...document.querySelectorAll('li')]; }")
    # Each move is two records, and the space behind the row moves along.
    assert await stage.records(rows("jabcdefghi")) <= 4
    assert await stage.records(rows("jabfcdeghi")) <= 4
    assert await stage.run("() => stage.all.every((row) => row.isConnected)")


async def test_new_row_is_the_only_change(stage: Stage) -> None:
    await stage.show(rows("bcdefghij", "<li>{0}</li>"))
    assert await stage.records(rows("abcdefghij", "<li>{0}</li>")) == 2


async def test_rows_are_known_by_key(stage: Stage) -> None:
    template = '<li data-tf-key="{0}"><input></li>'
    await stage.show(rows("abc", template))
    await stage.type_into("[data-tf-key=b] input", "mine")
    await stage.morph(rows("cxba", template))
    assert await stage.value("[data-tf-key=b] input") == "mine"
    assert await stage.is_focused("[data-tf-key=b] input")


async def test_rows_are_known_by_the_ids_inside(stage: Stage) -> None:
    template = '<li><p>{0}</p><input id="{0}"></li>'
    await stage.show(rows("abc", template))
    await stage.hold("li:nth-child(2)")
    await stage.type_into("#b", "mine")
    await stage.morph(rows("cxba", template))
    assert await stage.value("#b") == "mine"
    assert await stage.is_held("li:nth-child(3)")


async def test_rows_are_known_by_what_they_say(stage: Stage) -> None:
    template = '<li class="{1}">{0}</li>'
    await stage.show(rows("abc", template.replace("{1}", "x")))
    await stage.hold("li:nth-child(1)")
    await stage.morph(rows("cba", template.replace("{1}", "y")))
    assert await stage.is_held("li:nth-child(3)")


async def test_links_are_known_by_where_they_point(stage: Stage) -> None:
    await stage.show('<div><a href="/a">a</a><a href="/b">b</a></div>')
    await stage.hold("[href='/b']")
    await stage.morph('<div><a href="/c">c</a><a href="/b">B</a><a href="/a">A</a></div>')
    assert await stage.is_held("[href='/b']")


async def test_row_with_another_id_is_another_row(stage: Stage) -> None:
    template = '<li id="{0}"><input></li>'
    await stage.show(rows("a", template))
    await stage.type_into("#a input", "mine")
    await stage.morph(rows("b", template))
    assert await stage.value("#b input") == ""


async def test_element_keeps_its_state_in_another_parent(stage: Stage) -> None:
    await stage.show('<div><section id="left"><p id="card"><input></p></section><section id="right"></section></div>')
    await stage.hold("#card")
    await stage.type_into("input", "mine")
    await stage.morph('<div><section id="left"></section><section id="right"><p id="card" class="a"><input></p></section></div>')
    assert await stage.is_held("#right #card")
    assert await stage.value("input") == "mine"
    assert await stage.is_focused("input")


async def test_element_keeps_its_state_in_a_new_parent(stage: Stage) -> None:
    await stage.show('<div><input id="q"></div>')
    await stage.type_into("#q", "mine")
    await stage.morph('<div><label>Search <span><input id="q"></span></label></div>')
    assert await stage.value("label #q") == "mine"
    assert await stage.is_focused("#q")


async def test_element_moves_out_of_a_removed_parent(stage: Stage) -> None:
    await stage.show('<div><section><input id="q"></section><p>a</p></div>')
    await stage.type_into("#q", "mine")
    await stage.morph('<div><p>a</p><input id="q"></div>')
    assert await stage.value("div > #q") == "mine"
    assert await stage.at("section").count() == 0


async def test_focused_row_never_moves(stage: Stage) -> None:
    template = '<li id="{0}"><input></li>'
    await stage.show(rows("abcd", template))
    await stage.type_into("#d input", "mi")
    await stage.run("() => addEventListener('blur', () => { stage.hasBlurred = true; }, true)")
    await stage.morph(rows("dabc", template))
    await stage.page.keyboard.type("ne")
    assert await stage.value("#d input") == "mine"
    assert await stage.run("() => stage.hasBlurred") is None


async def test_focus_passes_to_the_heir_by_name(stage: Stage) -> None:
    await stage.show('<form id="f"><div><input name="a"></div></form>')
    await stage.at("input").click()
    await stage.morph('<form id="f"><fieldset><input name="a"></fieldset></form>')
    assert await stage.is_focused("[name=a]")


async def test_focus_that_a_script_gives_away_is_not_taken_back(stage: Stage) -> None:
    await stage.show('<div><input name="a"></div>')
    await stage.run("""() => customElements.define("x-focus", class extends HTMLElement {
      connectedCallback() { this.tabIndex = 0; this.focus(); }
    })""")
    await stage.at("input").click()
    await stage.morph('<div><input name="a"><x-focus></x-focus></div>')
    assert await stage.is_focused("x-focus")


async def test_template_content_changes(stage: Stage) -> None:
    html = '<div><p>a</p><template id="t"><li class="{0}">{0}</li>{1}</template></div>'
    await stage.show(html.format("a", ""))
    await stage.hold("#t")
    for said in [html.format("b", "<li>c</li>"), html.format("d", "")]:
        await stage.morph(said)
        assert await stage.inner() == said
        assert await stage.records(said) == 0
    assert await stage.is_held("#t")


async def test_svg_changes_in_its_namespace(stage: Stage) -> None:
    html = '<div><svg viewBox="0 0 {0} 1"><use{1}></use><foreignObject><p>{0}</p></foreignObject>{2}</svg></div>'
    await stage.show(html.format(1, "", ""))
    await stage.hold("svg")
    await stage.morph(html.format(2, ' xlink:href="#a"', '<linearGradient id="g"></linearGradient>'))
    assert await stage.is_held("svg")
    assert await stage.run("() => document.querySelector('use').href.baseVal") == "#a"
    assert await stage.run("() => document.querySelector('#g') instanceof SVGLinearGradientElement")
    assert await stage.run("() => document.querySelector('svg').viewBox.baseVal.width") == 2


async def test_table_row_is_a_region_of_its_own(stage: Stage) -> None:
    await stage.show("<table><tbody><tr id=a><td>1</td></tr><tr id=b><td>2</td></tr></tbody></table>")
    await stage.hold("#b")
    await stage.morph("<tr id=b class=c><td>3</td><td>4</td></tr>", at="#b")
    assert await stage.is_held("#b")
    assert await stage.at("#b").inner_text() == "3\t4"


async def test_region_inside_of_a_region_shares_its_memory(stage: Stage) -> None:
    html = '<div><p id="outer">{}</p><section id="inner"><input name="a" value="{}">{}</section></div>'
    inner = '<section id="inner"><input name="a" value="{}">{}</section>'
    await stage.show(html.format("a", 1, ""))
    await stage.morph(inner.format(2, "<b>new</b>"), at="#inner")
    await stage.morph(html.format("b", 2, "<b>new</b>"))
    assert await stage.inner() == html.format("b", 2, "<b>new</b>")
    await stage.morph(inner.format(3, ""), at="#inner")
    await stage.morph(html.format("c", 3, "<i>i</i>"))
    assert await stage.inner() == html.format("c", 3, "<i>i</i>")


async def test_region_that_came_with_a_merge_merges(stage: Stage) -> None:
    await stage.show("<div></div>")
    await stage.morph('<div><section id="late"><input name="a"></section></div>')
    await stage.type_into("input", "mine")
    await stage.morph('<section id="late" class="b"><input name="a"></section>', at="#late")
    assert await stage.value("input") == "mine"


async def test_fields_with_the_names_of_properties_do_no_harm(stage: Stage) -> None:
    names = ["id", "name", "type", "action", "attributes", "children", "content", "remove", "reset", "elements", "value"]
    fields = "".join(f'<input name="{name}" value="{{0}}">' for name in names)
    html = '<div><p>{0}</p><form id="f" class="c{0}">' + fields + "</form></div>"
    await stage.show(html.format(1))
    await stage.hold("#f")
    await stage.type_into("[name=id]", "!")
    await stage.run("() => void stage.send('#f')")
    await stage.morph(html.format(2), draft="server", sent=True)
    await stage.run("() => void stage.resetUnedited('#f')")
    assert await stage.is_held("#f")
    assert await stage.inner() == html.format(2)
    await stage.morph("<div><p>a</p></div>")
    assert await stage.inner() == "<div><p>a</p></div>"


async def test_failed_merge_replaces_the_region_and_keeps_the_focus(stage: Stage) -> None:
    html = '<form id="f" class="{0}"><p>{0}</p><input name="childNodes"><input name="q"></form>'
    await stage.show(html.format("a"))
    await stage.type_into("[name=q]", "lost")
    await stage.page.keyboard.press("Home")
    await stage.morph(html.format("b"))
    assert await stage.inner() == html.format("b")
    assert await stage.is_focused("[name=q]")
    assert [error for error in stage.errors if "iterable" in error]
    stage.errors.clear()


async def test_merge_goes_on_after_a_failed_one(stage: Stage) -> None:
    html = '<div class="{0}"><section id="s"><form><p>{0}</p>{1}</form><input name="q"></section></div>'
    await stage.show(html.format("a", '<input name="childNodes">'))
    await stage.morph(html.format("b", '<input name="childNodes">'))
    stage.errors.clear()
    await stage.morph(html.format("c", '<input name="childNodes">').replace('class="c"', 'class="b"').replace("<p>c", "<p>b"))
    await stage.type_into("[name=q]", "mine")
    await stage.morph(
        '<section id="s" class="d"><form><p>b</p><input name="childNodes"></form><input name="q"></section>', at="#s"
    )
    stage.errors.clear()
    await stage.morph(html.format("e", ""))
    stage.errors.clear()
    assert await stage.inner() == html.format("e", "")


async def test_another_element_replaces_the_region_and_keeps_the_focus(stage: Stage) -> None:
    await stage.show('<div id="r"><input name="a"></div>')
    await stage.at("input").click()
    await stage.morph('<section id="r"><input name="a"></section>')
    assert await stage.inner() == '<section id="r"><input name="a"></section>'
    assert await stage.is_focused("input")
    await stage.morph('<section id="r"><input name="a"><p>x</p></section>')
    assert await stage.inner() == '<section id="r"><input name="a"><p>x</p></section>'


async def test_html_without_an_element_is_refused_before_anything_changes(stage: Stage) -> None:
    await stage.show("<div>a</div>")
    refusal = await stage.run("() => { try { stage.morph(' '); } catch (error) { return error.name; } }")
    assert refusal == "TypeError"
    assert await stage.inner() == "<div>a</div>"


async def test_region_in_a_shadow_root_keeps_the_focus(stage: Stage) -> None:
    await stage.show("<div></div>")
    html = '<section id="s"><b id="b">b</b>{}<p id="p"><input name="q"></p></section>'
    await stage.run(
        """(html) => {
          const shadow = stage.region().attachShadow({ mode: "open" });
          shadow.append(document.importNode(stage.parse(html), true));
          stage.region = () => shadow.querySelector("section");
          stage.remember();
          shadow.querySelector("input").focus();
        }""",
        html.format(""),
    )
    await stage.page.keyboard.type("mine")
    await stage.run("(html) => void stage.morph(html)", html.format("<i>new</i>"))
    assert await stage.inner() == html.format("<i>new</i>")
    assert await stage.run("() => stage.region().getRootNode().activeElement?.value") == "mine"


MERGE_PAGE = """async (html) => {
  const { morph } = await import("/runtime/morph.js");
  const fragment = stage.parse(html);
  const theirs = fragment.ownerDocument.createElement("body");
  theirs.append(fragment);
  stage.isBody = morph(document.body, theirs, { draft: "user" }) === document.body;
}"""


async def test_whole_page_merges_and_keeps_what_the_user_does(stage: Stage) -> None:
    page = '<main><p id="a">{0}</p>{1}<form id="f"><input name="q"></form></main>'
    await stage.show('<p id="a">a</p><form id="f"><input name="q"></form>', remember=False)
    await stage.run(MERGE_PAGE, page.format("a", ""))
    await stage.hold("input")
    await stage.type_into("input", "mine")
    await stage.page.keyboard.press("ArrowLeft")
    await stage.run(MERGE_PAGE, page.format("b", "<section>new</section>") + "<footer>end</footer>")
    assert await stage.run("() => stage.isBody")
    assert await stage.run("() => document.body.innerHTML") == page.format("b", "<section>new</section>") + "<footer>end</footer>"
    assert await stage.value("input") == "mine"
    assert await stage.selection("input") == [3, 3]
    assert await stage.is_focused("input")


async def test_words_selected_on_the_page_stay_selected_when_it_merges(stage: Stage) -> None:
    parts = {name: f'<p id="{name}">{name} word</p>' for name in "abc"}
    await stage.show("".join(parts.values()), remember=False)
    await stage.run(MERGE_PAGE, f"<main>{parts['a']}{parts['b']}{parts['c']}</main>")
    await stage.run("() => getSelection().selectAllChildren(document.querySelector('#c'))")
    await stage.run(MERGE_PAGE, f"<main>{parts['c']}{parts['a']}{parts['b']}</main>")
    assert await stage.run("() => String(getSelection())") == "c word"
