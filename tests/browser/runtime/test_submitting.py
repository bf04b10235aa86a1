"""A submission, from the form to the merged answer."""

from __future__ import annotations

import re

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import document, form, patch, region

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADD = form('<input name="sku" value="A-1"><button name="kind" value="now">Add</button>')


async def test_a_form_is_sent_with_what_the_page_has(stage: Stage) -> None:
    await stage.show(region("list", ADD) + region("other", "o"))
    ask = await stage.submit()
    assert ask.url == "/?/shop.add"
    assert ask.own == [("sku", "A-1"), ("kind", "now")]
    assert ask.value("_tf") == "sealed"
    assert ask.have == ["page", "list", "other"]
    assert ask.value("_tf_from") == "list"
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", ask.key)
    assert ask.headers["content-type"].startswith("application/x-www-form-urlencoded")
    ask.succeed()
    await stage.idle()


async def test_a_form_outside_of_regions_comes_from_the_page(stage: Stage) -> None:
    await stage.show(ADD)
    ask = await stage.submit()
    assert ask.value("_tf_from") == "page"
    ask.succeed()
    await stage.idle()


async def test_the_promise_resolves_after_the_patches(stage: Stage) -> None:
    await stage.show(region("list", "old") + ADD)
    await stage.run("() => { window.seen = twofold.submit(document.forms[0]).then((data) => [data, list.textContent]); }")
    ask = await stage.wire.asked()
    ask.succeed(patch("list", region("list", "new", "e-2"), "e-2"), data={"left": 3})
    assert await stage.run("() => seen") == [{"left": 3}, "new"]


async def test_a_page_is_merged_with_its_title_and_descriptor(stage: Stage) -> None:
    await stage.show("<p id=p>old</p>" + ADD)
    ask = await stage.submit()
    ask.succeed(patch("page", document("<p id=p>new</p>" + ADD, "e-2", "titled"), "e-2"))
    await stage.idle()
    assert await stage.text("#p") == "new"
    assert await stage.page.title() == "titled"
    again = await stage.submit()
    again.succeed(patch("page", document("<p id=p>older</p>" + ADD, "e-1"), "e-1"))
    await stage.idle()
    assert await stage.text("#p") == "new"


async def test_fields_are_reset_after_a_success_but_for_those_edited_since(stage: Stage) -> None:
    await stage.show(form("<input name=a value=1><input name=b value=2><button>x</button>"))
    await stage.at("[name=a]").fill("sent")
    await stage.at("[name=b]").fill("sent")
    ask = await stage.submit()
    await stage.at("[name=b]").fill("later")
    ask.succeed()
    await stage.idle()
    assert [await stage.value("[name=a]"), await stage.value("[name=b]")] == ["1", "later"]


async def test_a_failure_keeps_the_fields_focuses_the_first_error_and_is_announced(stage: Stage) -> None:
    await stage.show(region("box", form("<input name=a><input name=b><button>x</button>")))
    await stage.at("[name=a]").fill("mine")
    ask = await stage.submit()
    shown = form('<input name=a value=mine><input name=b aria-invalid="true"><button>x</button>')
    ask.fail(patch("box", region("box", shown, "e-2"), "e-2"), error="Check the fields", fields={"b": ["Missing"]})
    await stage.idle()
    assert await stage.value("[name=a]") == "mine"
    assert await stage.run("() => document.activeElement.name") == "b"
    assert await stage.text("form > [role=alert][data-tf-alert]") == "Check the fields"
    (await stage.submit()).succeed()
    await stage.idle()
    assert await stage.at("[role=alert]").count() == 0


async def test_a_failure_that_the_page_announces_is_announced_once(stage: Stage) -> None:
    await stage.show(region("box", ADD))
    ask = await stage.submit()
    ask.fail(patch("box", region("box", '<p role="alert">Sorry: Sold out</p>' + ADD, "e-2"), "e-2"), error="Sold out")
    await stage.idle()
    assert await stage.at("[role=alert]").count() == 1


async def test_a_failure_rejects_with_all_that_the_server_says(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(
        "() => { window.seen = twofold.submit(document.forms[0]).catch((error) => ({...error, message: error.message, ours: error instanceof twofold.ActionError})); }"
    )
    (await stage.wire.asked()).fail(error="Slow down", status=429, code="RATE_LIMITED", retryAfter=7, fields={"a": ["b"]})
    assert await stage.run("() => seen") == {
        "name": "ActionError", "message": "Slow down", "code": "RATE_LIMITED", "status": 429,
        "retryAfter": 7, "fields": {"a": ["b"]}, "ours": True,
    }  # fmt: skip
    assert stage.wire.asks.empty()


async def test_a_script_cannot_submit_what_is_no_form_of_an_action(stage: Stage) -> None:
    await stage.show(form("<button>x</button>", action="/other?/shop.add"))
    assert await stage.run("() => twofold.submit(document.forms[0]).catch(({ name }) => name)") == "TypeError"
    assert stage.wire.asks.empty()


async def test_focus_stays_with_whoever_has_gone_on_to_another_form(stage: Stage) -> None:
    await stage.show(region("box", form("<input name=a><button>x</button>")) + form("<input name=z>", attributes="id=other"))
    ask = await stage.submit()
    await stage.at("[name=z]").focus()
    ask.fail(patch("box", region("box", form('<input name=a aria-invalid="true"><button>x</button>'), "e-2"), "e-2"))
    await stage.idle()
    assert await stage.run("() => document.activeElement.name") == "z"


async def test_items_of_a_stream_are_told_as_they_come(stage: Stage) -> None:
    await stage.show(ADD)
    ask = await stage.submit()
    ask.begin().send({"item": 1})
    await stage.until("() => told.some(([name]) => name === 'item')")
    ask.send({"item": 2}, {"data": 2}, {"sequence": "e-1"}).end()
    await stage.idle()
    assert await stage.told("item") == [{"item": 1}, {"item": 2}]
    assert await stage.told("data") == [{"data": 2}]


async def test_a_form_with_files_is_multipart(stage: Stage) -> None:
    await stage.show(form("<input type=file name=f><button>x</button>", attributes='enctype="multipart/form-data"'))
    ask = await stage.submit()
    assert ask.headers["content-type"].startswith("multipart/form-data")
    ask.succeed()
    await stage.idle()


async def test_pending_shows_while_it_takes_time(stage: Stage) -> None:
    await stage.show(ADD + '<p data-tf-pending="shop.add other"></p><p data-tf-pending="other"></p>')
    ask = await stage.submit()
    await stage.at("form[aria-busy=true][data-pending]").wait_for()
    assert await stage.at("[data-pending]").count() == 3
    assert await stage.run("() => twofold.pending.map(({action, data, form}) => [action, data.get('sku'), form.id])") == [
        ["shop.add", "A-1", "add"]
    ]
    assert await stage.at("button").is_enabled()
    assert await stage.run("() => document.activeElement.tagName") == "BUTTON"
    ask.succeed()
    await stage.until("() => !document.querySelector('[data-pending],[aria-busy]')")
    assert await stage.run("() => twofold.pending.length") == 0


async def test_pending_does_not_show_for_a_moment(own_stage: Stage) -> None:
    await own_stage.page.clock.install()
    await own_stage.show(ADD)
    await own_stage.page.clock.pause_at("2100-01-01")
    ask = await own_stage.submit()
    await own_stage.page.clock.run_for(119)
    assert await own_stage.at("[data-pending]").count() == 0
    ask.succeed()
    await own_stage.idle()
    await own_stage.page.clock.run_for(1000)
    assert await own_stage.at("[data-pending]").count() == 0


async def test_a_file_arrives_as_it_was_chosen(stage: Stage) -> None:
    await stage.show(form("<input type=file name=f><button>x</button>", attributes='enctype="multipart/form-data"'))
    await stage.at("[name=f]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    ask = await stage.submit()
    assert ask.own == [("f", "a.txt")]
    assert b"hello" in ask.body
    ask.succeed()
    await stage.idle()
