"""What a form's HTML tells the browser runtime: its policy, and what stands in for the answer meanwhile."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from markupsafe import Markup

from support.action_app import SECRET, written
from support.runtime import Screen
from twofold import Action, App, ConfigurationError, Form, Settings, action
from twofold.testing import Client


@action
async def serial(count: int) -> int:
    return count


@action(concurrency="parallel")
async def parallel(count: int) -> int:
    return count


@action(concurrency="latest", abortable=True)
async def latest(count: int) -> int:
    return count


@action(concurrency="drop")
async def drop(count: int) -> int:
    return count


@action(concurrency="latest")
async def streaming(count: int) -> AsyncIterator[int]:
    yield count


@action(abortable=True)
async def abortable(count: int) -> int:
    return count


class Html:
    """HTML of another library."""

    def __html__(self) -> str:
        return "<p>{count}</p>"


async def form_of(made: Action[..., Any], shown: dict[str, Any] | None = None) -> tuple[Form, str]:
    """Give a form of an action, and the page with it."""
    app = App(settings=Settings(mode="production", secrets=SECRET))
    forms: list[Form] = []

    @app.page("/")
    async def page() -> Markup:
        forms.append(made.form())
        stand_ins = Markup("") if shown is None else forms[-1].optimistic(shown)
        return Markup("<p id=above>0</p>{}").format(written(forms[-1], "count").replace("</form>", stand_ins + Markup("</form>")))

    async with Client(app) as client:
        text = (await client.page("/")).text
        return forms[-1], text


# What a second submission does


@pytest.mark.parametrize(
    ("made", "policy"),
    [(serial, None), (abortable, None), (parallel, "parallel"), (latest, "latest"), (drop, "drop"), (streaming, "latest")],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
async def test_a_form_tells_the_policy_of_its_action_unless_it_is_the_usual_one(
    made: Action[..., Any], policy: str | None
) -> None:
    form, page = await form_of(made)
    assert form.attrs.get("data-tf-concurrency") == policy
    assert re.findall(r'<form [^>]*data-tf-concurrency="([^"]*)"', page) == ([] if policy is None else [policy])


async def test_forms_of_one_page_each_tell_their_own() -> None:
    app = App(settings=Settings(mode="production", secrets=SECRET))

    @app.page("/")
    async def page() -> Markup:
        return Markup("").join(written(one.form(), "count") for one in (drop, serial, parallel))

    forms = re.findall(r"<form ([^>]*)>", (await Screen(app).open("/")).html)
    assert [re.findall(r'data-tf-concurrency="(\w+)"', one) for one in forms] == [["drop"], [], ["parallel"]]


# What is shown until the answer is there


@pytest.mark.parametrize(
    ("shown", "html"),
    [
        ({}, ""),
        ({"hold-3": None}, '<template data-tf-optimistic="hold-3"></template>'),
        ({"sum": ""}, '<template data-tf-optimistic="sum"></template>'),
        ({"sum": Markup("<b>{count}</b>")}, '<template data-tf-optimistic="sum"><b>{count}</b></template>'),
        ({"sum": Html()}, '<template data-tf-optimistic="sum"><p>{count}</p></template>'),
        ({"sum": "<b>"}, '<template data-tf-optimistic="sum">&lt;b&gt;</template>'),
        ({'a"b<': None}, '<template data-tf-optimistic="a&#34;b&lt;"></template>'),
        (
            {"one": "1", "two": None},
            '<template data-tf-optimistic="one">1</template><template data-tf-optimistic="two"></template>',
        ),
    ],
)
async def test_stand_ins_are_templates_in_the_order_given(shown: dict[str, Any], html: str) -> None:
    form, _ = await form_of(serial)
    made = form.optimistic(shown)
    assert made == html
    assert isinstance(made, Markup)


@pytest.mark.parametrize("key", ["", " ", "two ids", "line\nend", "non breaking", None, 3])
async def test_what_is_no_id_is_refused(key: Any) -> None:
    form, _ = await form_of(serial)
    with pytest.raises(ConfigurationError, match=rf"{serial.id}: optimistic\(\) is keyed by ids of elements, and .* is none"):
        form.optimistic({key: None})


@pytest.mark.parametrize("value", [3, b"<p>", ["<p>"], True, object()], ids=repr)
async def test_what_is_no_html_is_refused(value: Any) -> None:
    form, _ = await form_of(serial)
    kind = type(value).__name__
    with pytest.raises(ConfigurationError, match=rf"{serial.id}: optimistic\(\) takes HTML for 'sum', not {kind}"):
        form.optimistic({"sum": value})


async def test_one_that_is_refused_takes_the_others_with_it() -> None:
    form, _ = await form_of(serial)
    with pytest.raises(ConfigurationError):
        form.optimistic({"sum": "1", "two ids": "2"})


async def test_stand_ins_come_with_their_form_and_change_nothing_else() -> None:
    form, page = await form_of(serial, {"above": Markup("<p id=above>{count}</p>")})
    stand_in = '<template data-tf-optimistic="above"><p id=above>{count}</p></template></form>'
    assert page.count(stand_in) == 1
    assert (form.state, page.count("<p id=above>0</p>")) == ("new", 1)


async def test_with_javascript_off_a_form_with_stand_ins_is_sent_as_any_other() -> None:
    app = App(settings=Settings(mode="production", secrets=SECRET))

    @app.page("/")
    async def page() -> Markup:
        form = serial.form()
        stand_ins = form.optimistic({"sum": "{count}!"}) + Markup("</form>")
        return written(form, "count").replace("</form>", stand_ins) + Markup("<p id=sum>{}</p>").format(form.result)

    async with Client(app) as client:
        answer = await client.submit((await client.page("/")).form(serial), count=3)
        assert (answer.status, answer.text_of("sum")) == (200, "3")
