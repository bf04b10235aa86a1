"""Which submissions are the runtime's, and which stay the browser's."""

from __future__ import annotations

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import form

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CLOBBERING = (
    "action", "method", "target", "enctype", "elements", "id", "submit", "closest", "querySelector", "querySelectorAll", "getAttribute",
    "setAttribute", "toggleAttribute", "removeAttribute", "dispatchEvent", "isConnected", "prepend", "parentNode", "contains", "nodeName",
)  # fmt: skip

NATIVE = {
    "a get": form("<button>x</button>", attributes="method=get"),
    "another path": form("<button>x</button>", action="/other?/shop.add"),
    "no action": form("<button>x</button>", action="?a=1"),
    "a receipt is no action": form("<button>x</button>", action="?/=receipt"),
    "no capability": '<form method=post action="?/shop.add"><button>x</button></form>',
    "plain text": form("<button>x</button>", attributes="enctype=text/plain"),
    "a submitter that gets": form("<button formmethod=get>x</button>"),
    "a submitter that goes elsewhere": form('<button formaction="/other">x</button>'),
    "a named frame": form("<button>x</button>", attributes="target=frame") + "<iframe name=frame></iframe>",
    "a submitter with a frame": form("<button formtarget=frame>x</button>") + "<iframe name=frame></iframe>",
}  # fmt: skip


@pytest.mark.parametrize("html", NATIVE.values(), ids=NATIVE.keys())
async def test_it_is_the_browsers(stage: Stage, html: str) -> None:
    # `form()` says method=post first, and the first of two attributes counts.
    await stage.show(html.replace('method="post" action="?/shop.add" method=get', 'method="get" action="?/shop.add"'))
    stage.wire.holds_pages = True
    ask = await stage.submit()
    assert ask.key == ""
    assert "text/html" in ask.headers["accept"]
    ask.say("<p>there</p>")
    # A page that is closed in the middle of a navigation may never say that it is.
    await stage.until("() => [window, ...Array.from(window)].some(({ document }) => document.body?.innerText === 'there')")


@pytest.mark.parametrize("attributes", ["target=_self", "target=_SELF", 'target=""', "enctype=multipart/form-data"])
async def test_it_is_the_runtimes(stage: Stage, attributes: str) -> None:
    await stage.show(form("<button>x</button>", attributes=attributes))
    ask = await stage.submit()
    assert ask.key
    ask.succeed()
    await stage.idle()


async def test_a_submitter_may_turn_a_foreign_form_into_ours(stage: Stage) -> None:
    html = form(
        '<button formmethod=post formtarget=_self formaction="?q=1&/shop.drop">x</button>',
        action="/other",
        attributes="target=_top",
    )
    await stage.show(html)
    ask = await stage.submit()
    assert (ask.url, bool(ask.key)) == ("/?q=1&/shop.drop", True)
    ask.succeed()
    await stage.idle()


@pytest.mark.parametrize("name", CLOBBERING)
async def test_a_field_may_have_the_name_of_a_property(stage: Stage, name: str) -> None:
    await stage.show(form(f'<input name="{name}" value=1><button>x</button>'))
    await stage.run("() => document.querySelector('button').click()")  # a driver's click trips over such names
    ask = await stage.wire.asked()
    assert ask.own == [(name, "1")]
    ask.fail(error="Wrong")
    await stage.idle()
    assert await stage.text("[role=alert]") == "Wrong"


async def test_a_dialog_closes(stage: Stage) -> None:
    await stage.show(f"<dialog open>{form('<button formmethod=dialog>x</button>')}</dialog>")
    await stage.page.click("button")
    assert await stage.at("dialog[open]").count() == 0


async def test_a_handler_of_the_page_can_prevent_it(stage: Stage) -> None:
    await stage.show(form("<button>x</button>") + form("<button>y</button>", attributes="id=second"))
    await stage.run("() => document.addEventListener('submit', (event) => event.target.id === 'add' && event.preventDefault())")
    await stage.page.click("#add button")
    ask = await stage.submit("#second button")
    assert stage.wire.asks.empty()
    ask.succeed()
    await stage.idle()


async def test_native_validation_comes_first(stage: Stage) -> None:
    await stage.show(form("<input name=a required><button>x</button>"))
    await stage.page.click("button")
    await stage.at("[name=a]").fill("1")
    ask = await stage.submit()
    assert ask.own == [("a", "1")]
    assert stage.wire.asks.empty()
    ask.succeed()
    await stage.idle()


async def test_a_form_of_a_merged_region_works_at_once(stage: Stage) -> None:
    await stage.show("<main></main>")
    await stage.run(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          form.setAttribute("action", "?/shop.add");
          for (const [name, value] of [["_tf", "sealed"], ["a", "1"]]) form.append(Object.assign(document.createElement("input"), { name, value }));
          form.append(document.createElement("button"));
          document.querySelector("main").append(form);
        }"""
    )
    ask = await stage.submit()
    assert ask.own == [("a", "1")]
    ask.succeed()
    await stage.idle()
