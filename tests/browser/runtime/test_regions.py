"""Patches are merged into what is there, whatever order they come in."""

from __future__ import annotations

from itertools import permutations

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import Ask, descriptor, document, form, keep, patch, region

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADD = form("<button>Add</button>", attributes='id="add" data-tf-concurrency="parallel"')


async def asked(stage: Stage, *keys: str) -> Ask:
    """Let the page pull."""
    await stage.run("(keys) => { window.pulled = twofold.pull(keys); }", list(keys))
    return await stage.wire.asked()


async def pull(stage: Stage, *frames: object) -> None:
    (await asked(stage)).answer(*frames, {"sequence": "e-9"})
    await stage.run("() => pulled")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_answers_in_any_order_end_in_the_newest_page(stage: Stage, order: tuple[int, ...]) -> None:
    await stage.show(region("list", "0") + region("sum", "0") + ADD)
    asks = [await stage.submit() for _ in range(3)]
    for number in order:
        sequence = f"e-{number + 2}"
        asks[number].succeed(
            patch("list", region("list", f"{number + 1}", sequence), sequence),
            patch("sum", region("sum", f"sum {number + 1}", sequence), sequence),
        )
        await stage.until("(left) => twofold.pending.length === left", 2 - order.index(number))
    assert [await stage.text("#list"), await stage.text("#sum")] == ["3", "sum 3"]


async def test_another_life_of_the_server_is_not_compared(stage: Stage) -> None:
    await stage.show(region("list", "old", "e-7"))
    await pull(stage, patch("list", region("list", "new", "f-1"), "f-1"))
    assert await stage.text("#list") == "new"


async def test_a_number_is_compared_as_one(stage: Stage) -> None:
    await stage.show(region("list", "old", "e-9"))
    await pull(stage, patch("list", region("list", "new", "e-10"), "e-10"))
    assert await stage.text("#list") == "new"


async def test_what_is_left_out_stays_as_it_is(stage: Stage) -> None:
    await stage.show(region("outer", "old " + region("inner", "<input>", within="outer")))
    await stage.at("input").fill("typed")
    await stage.run("() => { window.held = inner; }")
    await pull(stage, patch("outer", region("outer", "new " + keep("inner"), "e-2"), "e-2"))
    assert "new" in await stage.text("#outer")
    assert await stage.run("() => held === inner && held.isConnected && held.parentNode.id === 'outer'")
    assert await stage.value("input") == "typed"
    assert await stage.run("() => document.querySelectorAll('template').length") == 0


async def test_a_region_inside_that_is_older_stays_as_it_is(stage: Stage) -> None:
    await stage.show(region("outer", "old " + region("inner", "newest", "e-5", "outer")))
    await pull(stage, patch("outer", region("outer", "new " + region("inner", "stale", "e-3", "outer"), "e-3"), "e-3"))
    assert await stage.text("#outer") == "new\nnewest"


async def test_a_page_keeps_its_newer_regions(stage: Stage) -> None:
    await stage.show("<p>old</p>" + region("list", "newest", "e-5") + region("other", "kept"))
    body = "<p>new</p>" + region("list", "stale", "e-3") + keep("other")
    await pull(stage, patch("page", document(body, "e-3"), "e-3"))
    assert [await stage.text("p"), await stage.text("#list"), await stage.text("#other")] == ["new", "newest", "kept"]


async def test_a_region_that_stands_twice_is_patched_twice(stage: Stage) -> None:
    one = region("list", "old").replace(' id="list"', "")
    await stage.show(one + "<hr>" + one)
    await pull(stage, patch("list", one.replace("old", "new").replace(descriptor("list"), descriptor("list", "e-2")), "e-2"))
    assert await stage.at("section").all_inner_texts() == ["new", "new"]


async def test_twins_that_are_left_out_stay_what_they_are(stage: Stage) -> None:
    one = region("list", "<input>").replace(' id="list"', "")
    await stage.show("<p>old</p>" + one + one)
    for number, text in enumerate(["first", "second"]):
        await stage.at("input").nth(number).fill(text)
    await pull(stage, patch("page", document("<p>new</p>" + keep("list") + keep("list"), "e-2"), "e-2"))
    assert [await stage.at("input").nth(number).input_value() for number in (0, 1)] == ["first", "second"]


async def test_a_row_of_a_table_can_be_a_region(stage: Stage) -> None:
    await stage.show(f"<table><tbody>{region('row', '<td>old</td>', tag='tr')}</tbody></table>")
    await pull(stage, patch("row", region("row", "<td>new</td>", "e-2", tag="tr"), "e-2"))
    assert await stage.text("tbody > tr > td") == "new"


async def test_pulls_keep_what_the_user_types(stage: Stage) -> None:
    await stage.show(region("box", "<input name=a value=1>"))
    await stage.at("input").fill("mine")
    await pull(stage, patch("box", region("box", "<input name=a value=2>", "e-2"), "e-2"))
    assert await stage.value("input") == "mine"
    assert await stage.at("input").get_attribute("data-tf-conflict") == "2"


async def test_a_region_that_failed_is_marked_until_it_is_there_again(stage: Stage) -> None:
    await stage.show(region("list", "old"))
    await pull(stage, {"failed": "list"})
    assert await stage.at("#list[data-tf-failed]").inner_text() == "old"
    await pull(stage, patch("list", region("list", "new", "e-2"), "e-2"))
    assert await stage.at("#list:not([data-tf-failed])").inner_text() == "new"


async def test_wishes_during_a_pull_make_up_one_more(stage: Stage) -> None:
    await stage.show(region("list", "0"))
    first = await asked(stage, "list")
    await stage.run("() => { window.later = Promise.all([twofold.pull(['a']), twofold.pull(), twofold.pull(['b'])]); }")
    assert stage.wire.asks.empty()
    first.answer({"sequence": "e-1"})
    second = await stage.wire.asked()
    assert (first.headers["twofold-pull"], second.headers["twofold-pull"]) == ("list", "a,b")
    second.answer({"sequence": "e-1"})
    await stage.run("() => later")
    assert stage.wire.asks.empty()


async def test_a_pull_asks_for_the_page_with_its_query_and_what_it_has(stage: Stage) -> None:
    await stage.show(region("list", "0"), "/things?q=a%20b&/=old&z")
    ask = await asked(stage)
    assert (ask.method, ask.url, ask.headers["content-type"]) == ("POST", "/things?q=a%20b&z&/=old", "application/json")
    assert ask.have == ["page", "list"]
    ask.answer({"sequence": "e-1"})
    await stage.run("() => pulled")


async def test_a_pull_carries_the_receipt_of_the_last_submission(stage: Stage) -> None:
    await stage.show(region("list", ADD), "/?q=1")
    ask = await stage.submit()
    ask.answer({"data": 1}, {"receipt": "r-1"}, {"sequence": "e-1"})
    await stage.idle()
    pulled = await asked(stage)
    assert pulled.url == "/?q=1&/=r-1"
    pulled.answer({"sequence": "e-1"})
    await stage.run("() => pulled")


async def test_what_was_put_off_is_pulled_before_the_promise_resolves(stage: Stage) -> None:
    await stage.show(region("list", "old") + ADD)
    await stage.run("() => { window.seen = twofold.submit(document.forms[0]).then(() => list.textContent); }")
    (await stage.wire.asked()).succeed({"stale": ["list"]})
    ask = await stage.wire.asked()
    assert ask.headers["twofold-pull"] == "list"
    ask.answer(patch("list", region("list", "new", "e-2"), "e-2"), {"sequence": "e-2"})
    assert await stage.run("() => seen") == "new"


async def test_what_is_gone_is_loaded_anew_once(stage: Stage) -> None:
    await stage.show(region("list", "old") + "<input>")
    await stage.at("input").fill("typed")
    stage.wire.pages["/"] = document(region("list", "new", "f-1") + "<input>", "f-1")
    stage.wire.seen.clear()
    await pull(stage, {"gone": ["list"]})
    assert await stage.text("#list") == "new"
    assert await stage.value("input") == "typed"
    assert stage.wire.seen == ["POST /", "GET /"]


async def test_an_answer_of_another_type_is_ignored(stage: Stage) -> None:
    await stage.show(region("list", "old"))
    (await asked(stage)).say("<p>login</p>")
    await stage.run("() => pulled")
    assert await stage.text("#list") == "old"


async def test_a_page_that_was_put_aside_is_brought_up_to_date(stage: Stage) -> None:
    await stage.show(region("list", "old"))
    await stage.run("() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ask = await stage.wire.asked()
    ask.answer(patch("list", region("list", "new", "e-2"), "e-2"), {"sequence": "e-2"})
    await stage.until("() => list.textContent === 'new'")


async def test_patched_elements_are_told(stage: Stage) -> None:
    await stage.show(region("list", "old"))
    await pull(stage, patch("list", region("list", "new", "e-2"), "e-2"))
    assert await stage.run("() => told.filter(([name]) => name === 'patched').map(([, id]) => id)") == ["list"]


async def test_no_more_is_told_than_the_server_reads(stage: Stage) -> None:
    await stage.show("".join(region(f"r{number}", "x") for number in range(80)))
    ask = await asked(stage)
    assert len(ask.have) == 64
    ask.answer({"sequence": "e-1"})
    await stage.run("() => pulled")


async def test_long_descriptors_are_left_out(stage: Stage) -> None:
    long = f'<p data-tf-region="{descriptor("long", tags=["x" * 30_000])}"></p>'
    await stage.show(region("a", "x") + long + region("b", "x"))
    ask = await asked(stage)
    assert len(ask.body) <= 32_000
    assert "page" in ask.have
    assert "long" not in ask.have
    ask.answer({"sequence": "e-1"})
    await stage.run("() => pulled")
