"""What is chosen is the user's, until the server really says something else."""

from __future__ import annotations

import pytest

from browser.morph.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def radios(checked: str, note: str = "", plans: str = "abc") -> str:
    inputs = "".join(f'<input type="radio" name="plan" value="{plan}"{" checked" * (plan == checked)}>' for plan in plans)
    return f'<form id="order"><p>{note}</p>{inputs}</form>'


def select(selected: str, values: str = "abc", note: str = "", attributes: str = "") -> str:
    options = "".join(f'<option value="{value}"{" selected" * (value in selected)}>{value}</option>' for value in values)
    return f'<form id="order"><p>{note}</p><select name="plan" {attributes}>{options}</select></form>'


async def chosen(stage: Stage) -> list[str]:
    return list(await stage.run("() => [...document.querySelectorAll('input:checked, option:checked')].map((one) => one.value)"))


@pytest.mark.parametrize("draft", ["user", "server"])
async def test_chosen_radio_button_stays(stage: Stage, draft: str) -> None:
    await stage.show(radios("a"))
    await stage.at("[value=b]").click()
    await stage.morph(radios("a", note="changed"), draft=draft)
    assert await chosen(stage) == ["b"]


async def test_untouched_radio_group_follows_the_server(stage: Stage) -> None:
    await stage.show(radios("a"))
    await stage.morph(radios("c"))
    assert await chosen(stage) == ["c"]
    await stage.morph(radios(""))
    assert await chosen(stage) == []


async def test_chosen_radio_button_stands_against_a_live_push_and_is_marked(stage: Stage) -> None:
    await stage.show(radios("a"))
    await stage.at("[value=b]").click()
    await stage.morph(radios("c"))
    assert await chosen(stage) == ["b"]
    assert await stage.conflict("[value=b]") == "false"
    await stage.morph(radios("a"))
    assert await chosen(stage) == ["b"]


async def test_answer_chooses_among_radio_buttons_that_were_sent(stage: Stage) -> None:
    await stage.show(radios("a"))
    await stage.at("[value=b]").click()
    await stage.run("() => void stage.send('#order')")
    await stage.morph(radios("c"), draft="server", sent=True)
    assert await chosen(stage) == ["c"]


async def test_radio_button_chosen_since_sending_stands(stage: Stage) -> None:
    await stage.show(radios(""))
    await stage.at("[value=a]").click()
    await stage.run("() => void stage.send('#order')")
    await stage.at("[value=b]").click()
    await stage.morph(radios("a"), draft="server", sent=True)
    assert await chosen(stage) == ["b"]


async def test_chosen_radio_button_moves_with_its_choice(stage: Stage) -> None:
    await stage.show(radios("a"))
    await stage.at("[value=b]").click()
    await stage.morph(radios("a", plans="cba"))
    assert await chosen(stage) == ["b"]


async def test_removed_radio_button_hands_its_choice_to_nobody(stage: Stage) -> None:
    await stage.show(radios(""))
    await stage.at("[value=b]").click()
    await stage.morph(radios("", plans="ac"))
    assert await chosen(stage) == []


async def test_ticked_checkbox_stays(stage: Stage) -> None:
    html = '<form><p>{}</p><input type="checkbox" name="a"><input type="checkbox" name="b" checked></form>'
    await stage.show(html.format(""))
    await stage.at("[name=a]").click()
    await stage.at("[name=b]").click()
    await stage.morph(html.format("changed"), draft="server")
    assert await stage.run("() => [...document.querySelectorAll('input')].map((one) => one.checked)") == [True, False]


async def test_server_ticks_and_unticks_untouched_checkboxes(stage: Stage) -> None:
    await stage.show('<form><input type="checkbox" name="a"><input type="checkbox" name="b" checked></form>')
    await stage.morph('<form><input type="checkbox" name="a" checked><input type="checkbox" name="b"></form>')
    assert await stage.run("() => [...document.querySelectorAll('input')].map((one) => one.checked)") == [True, False]


async def test_ticks_stay_with_their_rows(stage: Stage) -> None:
    rows = "<ul>{}</ul>"
    box = '<li id="{0}"><input type="checkbox"></li>'
    await stage.show(rows.format("".join(map(box.format, "abc"))))
    await stage.at("#b input").click()
    await stage.morph(rows.format("".join(map(box.format, "xcba"))))
    assert await stage.run("() => document.querySelector(':checked').parentNode.id") == "b"


@pytest.mark.parametrize("draft", ["user", "server"])
async def test_chosen_option_stays(stage: Stage, draft: str) -> None:
    await stage.show(select("a"))
    await stage.at("select").select_option("b")
    await stage.morph(select("a", note="changed"), draft=draft)
    assert await chosen(stage) == ["b"]


@pytest.mark.parametrize("values", ["xabc", "cba", "abcx", "bca"])
async def test_chosen_option_stays_in_another_list(stage: Stage, values: str) -> None:
    await stage.show(select(""))
    await stage.at("select").select_option("b")
    await stage.morph(select("", values=values))
    assert await chosen(stage) == ["b"]


async def test_chosen_option_that_the_server_takes_away_falls_back_to_the_servers(stage: Stage) -> None:
    await stage.show(select("c"))
    await stage.at("select").select_option("b")
    await stage.morph(select("c", values="acd"))
    assert await chosen(stage) == ["c"]


async def test_untouched_select_follows_the_server(stage: Stage) -> None:
    await stage.show(select("a"))
    await stage.morph(select("c"))
    assert await chosen(stage) == ["c"]
    await stage.morph(select("d", values="abcd"))
    assert await chosen(stage) == ["d"]


async def test_chosen_option_stands_against_a_live_push_and_is_marked(stage: Stage) -> None:
    await stage.show(select("a"))
    await stage.at("select").select_option("b")
    await stage.morph(select("c"))
    assert [await chosen(stage), await stage.conflict("select")] == [["b"], "c"]


async def test_answer_chooses_the_option_that_stands(stage: Stage) -> None:
    await stage.show(select("a"))
    await stage.at("select").select_option("b")
    await stage.run("() => void stage.send('#order')")
    await stage.morph(select("c"), draft="server", sent=True)
    assert await chosen(stage) == ["c"]


async def test_chosen_options_of_a_list_stay(stage: Stage) -> None:
    await stage.show(select("a", attributes="multiple"))
    await stage.at("select").select_option(["b", "c"])
    await stage.morph(select("a", values="xcba", attributes="multiple"))
    assert await chosen(stage) == ["c", "b"]


async def test_untouched_list_follows_the_server(stage: Stage) -> None:
    await stage.show(select("a", attributes="multiple"))
    await stage.morph(select("bc", attributes="multiple"))
    assert await chosen(stage) == ["b", "c"]


async def test_success_resets_unedited_choices(stage: Stage) -> None:
    await stage.show(select("a").replace("</form>", '<input type="checkbox" name="b" checked></form>'))
    await stage.at("select").select_option("b")
    await stage.at("input").click()
    await stage.run("() => { stage.send('#order'); stage.resetUnedited('#order'); }")
    assert await chosen(stage) == ["a", "on"]


async def test_chosen_file_stays(stage: Stage) -> None:
    html = '<form>{}<input type="file" name="photo"></form>'
    await stage.show(html.format(""))
    await stage.at("input").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"png"})
    await stage.morph(html.format("<p>One error</p>"), draft="server")
    assert await stage.run("() => document.querySelector('input').files[0].name") == "a.png"


async def test_choices_made_before_the_scripts_came_are_the_users(stage: Stage) -> None:
    html = select("a").replace("</form>", '<input type="checkbox" name="b"></form>')
    await stage.show(html, remember=False)
    await stage.at("select").select_option("b")
    await stage.at("input").click()
    await stage.run("() => void stage.remember()")
    await stage.morph(html.replace("<p>", "<p>changed"))
    assert await chosen(stage) == ["b", "on"]
    await stage.morph(html.replace(' value="c"', ' value="c" selected').replace(' value="a" selected', ' value="a"'))
    assert [await chosen(stage), await stage.conflict("select")] == [["b", "on"], "c"]
