"""What is typed is the user's, until the server really says something else."""

from __future__ import annotations

import pytest

from browser.morph.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FORM = '<form id="order"><p>{note}</p><input name="city" value="{city}"><textarea name="notes">{notes}</textarea></form>'


def form(note: str = "", city: str = "", notes: str = "") -> str:
    return FORM.format(note=note, city=city, notes=notes)


async def test_focus_stays_when_a_sibling_is_inserted(stage: Stage) -> None:
    await stage.show("<div><p>a</p><input></div>")
    await stage.at("input").click()
    await stage.hold("input")
    await stage.morph("<div><section>new</section><p>a</p><input></div>")
    assert await stage.is_focused("input")
    assert await stage.is_held("input")


async def test_caret_and_selection_stay(stage: Stage) -> None:
    await stage.show(form())
    await stage.type_into("input", "hello world")
    for key in ["Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"]:
        await stage.page.keyboard.press(key)
    await stage.morph(form(note="changed"))
    assert await stage.selection("input") == [1, 3]


async def test_typing_goes_on_during_merges(stage: Stage) -> None:
    await stage.show(form())
    await stage.at("input").click()
    for number, letter in enumerate("Lisbon"):
        await stage.page.keyboard.type(letter)
        await stage.morph(form(note=str(number)))
    assert await stage.value("input") == "Lisbon"


async def test_composition_of_an_input_method_goes_on(stage: Stage) -> None:
    await stage.show("<ul><li id=a>a</li><li id=b><input></li></ul>")
    await stage.run("() => addEventListener('compositionend', ({data}) => { stage.composed = data; })")
    await stage.at("input").click()
    session = await stage.page.context.new_cdp_session(stage.page)
    await session.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    await stage.morph("<ul><li id=c>c</li><li id=b><input></li><li id=a>a!</li></ul>")
    assert await stage.run("() => stage.composed") is None
    await session.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    await session.send("Input.insertText", {"text": "日本"})
    assert await stage.value("input") == "日本"


async def test_focused_text_stays_where_the_server_changed_nothing(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.morph(form(note="changed", city="Rome"), draft="server")
    assert await stage.value("input") == "Rome!"


@pytest.mark.parametrize("field", ["input", "textarea"])
async def test_text_stays_without_focus(stage: Stage, field: str) -> None:
    await stage.show(form(city="Rome", notes="none"))
    await stage.type_into(field, "!")
    await stage.blur()
    await stage.morph(form(note="changed", city="Rome", notes="none"), draft="server")
    assert await stage.value(field) == {"input": "Rome!", "textarea": "none!"}[field]


async def test_server_fills_what_nobody_touched(stage: Stage) -> None:
    await stage.show(form())
    await stage.morph(form(city="Oslo", notes="by ship"))
    assert await stage.value("input") == "Oslo"
    assert await stage.value("textarea") == "by ship"
    assert await stage.conflict("input") is None


async def test_server_fills_what_scripts_have_reset(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.run("() => stage.region().reset()")
    await stage.morph(form(city="Oslo"))
    assert await stage.value("input") == "Oslo"


async def test_caret_stays_in_a_focused_field_that_the_server_fills(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.at("input").click()
    await stage.page.keyboard.press("Home")
    await stage.morph(form(city="Rome, Italy"))
    assert await stage.selection("input") == [0, 0]
    assert await stage.value("input") == "Rome, Italy"


async def test_normalised_value_replaces_what_was_sent(stage: Stage) -> None:
    await stage.show(form())
    await stage.type_into("input", " oslo ")
    await stage.run("() => void stage.send('#order')")
    await stage.morph(form(city="Oslo"), draft="server", sent=True)
    assert await stage.value("input") == "Oslo"
    assert await stage.conflict("input") is None


async def test_edit_since_sending_stands(stage: Stage) -> None:
    await stage.show(form())
    await stage.type_into("input", " oslo")
    await stage.run("() => void stage.send('#order')")
    await stage.type_into("input", " harbour")
    await stage.blur()
    await stage.morph(form(city="Oslo"), draft="server", sent=True)
    assert await stage.value("input") == " oslo harbour"
    assert await stage.conflict("input") is None


async def test_answer_to_the_first_of_two_submissions_leaves_the_second_alone(stage: Stage) -> None:
    await stage.show(form())
    await stage.type_into("input", "a")
    await stage.run("() => { stage.send('#order'); stage.first = stage.sent; }")
    await stage.type_into("input", "b")
    await stage.run("() => { stage.send('#order'); stage.sent = stage.first; }")
    await stage.morph(form(city="A"), draft="server", sent=True)
    assert await stage.value("input") == "ab"


async def test_own_submission_without_record_spares_the_focused_field_only(stage: Stage) -> None:
    await stage.show(form())
    await stage.type_into("input", "Rom")
    await stage.type_into("textarea", "fragile")
    await stage.morph(form(city="Rome", notes="Fragile."), draft="server")
    assert await stage.value("input") == "Rome"
    assert await stage.value("textarea") == "fragile"


async def test_own_submission_spares_what_was_not_sent(stage: Stage) -> None:
    two = '<div><form id="one"><input name="a" value="{}"></form><form id="two"><input name="b" value="{}"></form></div>'
    await stage.show(two.format("", 1))
    await stage.type_into("[name=b]", "2")
    await stage.type_into("[name=a]", "x")
    await stage.run("() => void stage.send('#one')")
    await stage.morph(two.format("X", 7), draft="server", sent=True)
    assert await stage.value("[name=a]") == "X"
    assert await stage.value("[name=b]") == "12"
    assert await stage.conflict("[name=b]") == "7"


async def test_edit_stands_against_a_live_push_and_is_marked(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.blur()
    await stage.morph(form(city="Oslo"))
    assert await stage.value("input") == "Rome!"
    assert await stage.conflict("input") == "Oslo"
    assert await stage.at("input").get_attribute("value") == "Oslo"


async def test_mark_stays_while_the_server_says_the_same(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.morph(form(city="Oslo"))
    await stage.morph(form(note="changed", city="Oslo"))
    assert await stage.conflict("input") == "Oslo"


async def test_mark_goes_when_both_agree(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.morph(form(city="Oslo"))
    await stage.morph(form(city="Rome!"))
    assert await stage.value("input") == "Rome!"
    assert await stage.conflict("input") is None


async def test_mark_goes_when_the_server_wins(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.morph(form(city="Oslo"))
    await stage.run("() => void stage.send('#order')")
    await stage.morph(form(city="Bergen"), draft="server", sent=True)
    assert await stage.value("input") == "Bergen"
    assert await stage.conflict("input") is None


async def test_next_live_push_still_finds_the_edit(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.morph(form(city="Oslo"))
    await stage.morph(form(city="Bergen"))
    assert await stage.value("input") == "Rome!"
    assert await stage.conflict("input") == "Bergen"


async def test_success_resets_what_is_unedited_since(stage: Stage) -> None:
    await stage.show(form(city="Rome"))
    await stage.type_into("input", "!")
    await stage.type_into("textarea", "fragile")
    await stage.run("() => void stage.send('#order')")
    await stage.type_into("textarea", " glass")
    await stage.run("() => void stage.resetUnedited('#order')")
    assert await stage.value("input") == "Rome"
    assert await stage.value("textarea") == "fragile glass"


async def test_field_outside_of_its_form_is_part_of_what_was_sent(stage: Stage) -> None:
    html = '<div><form id="order"><input name="a"></form><input name="b" form="order" value="{}"></div>'
    await stage.show(html.format(""))
    await stage.type_into("[name=b]", " oslo ")
    await stage.run("() => void stage.send('#order')")
    await stage.morph(html.format("Oslo"), draft="server", sent=True)
    assert await stage.value("[name=b]") == "Oslo"
    assert await stage.conflict("[name=b]") is None
    await stage.type_into("[name=b]", "!")
    await stage.run("() => { stage.send('#order'); stage.resetUnedited('#order'); }")
    assert await stage.value("[name=b]") == "Oslo"


async def test_text_typed_before_the_scripts_came_is_the_users(stage: Stage) -> None:
    await stage.show(form(city="Rome"), remember=False)
    await stage.type_into("input", "!")
    await stage.run("() => void stage.remember()")
    await stage.morph(form(note="changed", city="Rome"))
    assert await stage.value("input") == "Rome!"
    await stage.morph(form(city="Oslo"))
    assert await stage.conflict("input") == "Oslo"


async def test_field_with_another_name_is_another_field(stage: Stage) -> None:
    await stage.show('<form><input name="a"></form>')
    await stage.type_into("input", "x")
    await stage.morph('<form><input name="b"></form>')
    assert await stage.value("input") == ""


async def test_hidden_field_takes_the_new_token(stage: Stage) -> None:
    await stage.show('<form><input type="hidden" name="_tf" value="1"></form>')
    await stage.morph('<form><input type="hidden" name="_tf" value="2"></form>')
    assert await stage.value("input") == "2"
    assert await stage.conflict("input") is None


async def test_password_stays_when_its_field_is_told_to_be_wrong(stage: Stage) -> None:
    await stage.show('<form><input type="password" name="p"></form>')
    await stage.type_into("input", "secret")
    await stage.morph(
        '<form><input type="password" name="p" aria-invalid="true"><p role="alert">Too short</p></form>', draft="server"
    )
    assert await stage.value("input") == "secret"
    assert await stage.at("input").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize(
    ("kind", "value", "other"),
    [("number", "5", "7"), ("range", "60", "70"), ("date", "2026-01-02", "2026-03-04"), ("color", "#ff0000", "#00ff00")],
)
async def test_fields_of_all_kinds_follow_the_same_rules(stage: Stage, kind: str, value: str, other: str) -> None:
    html = '<form><p>{}</p><input type="' + kind + '" {}></form>'
    await stage.show(html.format("", ""))
    await stage.at("input").fill(value)
    await stage.morph(html.format("changed", ""))
    assert await stage.value("input") == value
    await stage.morph(html.format("", f'value="{other}"'))
    assert [await stage.value("input"), await stage.conflict("input")] == [value, other]


async def test_focused_editable_text_stays(stage: Stage) -> None:
    html = '<div><p>{}</p><div contenteditable="true" class="{}">{}</div></div>'
    await stage.show(html.format("", "a", "Hello"))
    await stage.type_into("[contenteditable]", " you")
    await stage.morph(html.format("changed", "b", "Hello"), draft="server")
    await stage.page.keyboard.type("!")
    assert await stage.at("[contenteditable]").inner_text() == "Hello you!"
    assert await stage.at("[contenteditable]").get_attribute("class") == "b"


async def test_edited_text_stands_against_a_live_push(stage: Stage) -> None:
    html = '<div><div contenteditable="true">{}</div></div>'
    await stage.show(html.format("<p>Hello</p>"))
    await stage.type_into("[contenteditable]", " you")
    await stage.morph(html.format("<p>Bye</p>"))
    await stage.page.keyboard.type("!")
    assert await stage.at("[contenteditable]").inner_text() == "Hello you!"
    assert await stage.conflict("[contenteditable]") == "<p>Bye</p>"


async def test_server_changes_editable_text_that_nobody_touched(stage: Stage) -> None:
    html = '<div><div contenteditable="true">{}</div></div>'
    await stage.show(html.format("<p>Hello</p>"))
    for said in ["<p>Bye</p>", "<p>See</p><p>you</p>"]:
        await stage.morph(html.format(said))
        assert await stage.at("[contenteditable]").inner_html() == said
