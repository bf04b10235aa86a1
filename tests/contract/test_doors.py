"""One action, three doors: Python, a form and JSON agree on results, errors and effects."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from markupsafe import Markup

from support.door_actions import CASES, EFFECTS, Case
from twofold import App, Failure, Redirect, Settings
from twofold.boundary import dumps
from twofold.errors import wire

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
app = App(settings=Settings(mode="test"))
by_name = {case.action.id: case.action for case in CASES.values()}


@app.page("/form/{name}")
async def form_page(name: str) -> Markup:
    """Shows the form of an action, and as JSON what became of its last submission."""
    action = by_name[name]
    form = action.form()
    error = dumps(wire(form.error)).decode() if form.error else ""
    result = action.result.to_json(form.result).decode() if form.state == "succeeded" else ""
    return Markup("<form {}>{}</form><p>{}</p><q>{}</q>").format(form.attrs, form.hidden, error, result)


@app.page("/there")
async def there() -> str:
    return "there"


Answer = tuple[Any, ...]


async def by_python(case: Case, client: httpx2.AsyncClient) -> Answer:
    try:
        result = await case.action(**case.python)
    except TypeError:
        result = await case.action.run(case.action.arguments.validate_python(case.python))
    return ("redirect", result.url) if isinstance(result, Redirect) else ("result", as_json(case, result))


async def by_json(case: Case, client: httpx2.AsyncClient) -> Answer:
    headers = {**SAME_ORIGIN, "Twofold-Call": "k" * 32, "Content-Type": "application/json"}
    answer = await client.post(f"/_twofold/call?/{case.action.id}", content=dumps(case.body), headers=headers)
    return told(answer)


async def by_client_form(case: Case, client: httpx2.AsyncClient) -> Answer:
    """As the typed client sends the FormData of a page that it rendered itself."""
    assert case.form is not None
    headers = {**SAME_ORIGIN, "Twofold-Call": "f" * 32}
    parts = [(name, (None, text)) for name, text in case.form] or [("unknown", (None, ""))]
    return told(await client.post(f"/_twofold/call?/{case.action.id}", files=parts, headers=headers))


def told(answer: httpx2.Response) -> Answer:
    body = answer.json()
    if "error" in body:
        return "error", answer.status_code, body
    return ("redirect", body["redirect"]) if "redirect" in body else ("result", body["data"])


async def by_form(case: Case, client: httpx2.AsyncClient, multipart: bool) -> Answer:
    url = f"/form/{case.action.id}"
    shown = (await client.get(url)).text
    token = re.search(r'name="_tf" value="([^"]+)"', shown)
    assert token is not None
    assert case.form is not None
    pairs = [*case.form, ("_tf", token[1])]
    target = f"{url}?/{case.action.id}"
    if multipart:
        answer = await client.post(target, files=[(name, (None, text)) for name, text in pairs], headers=SAME_ORIGIN)
    else:
        answer = await client.post(target, content=encoded(pairs), headers={**SAME_ORIGIN, **URLENCODED})
    if answer.status_code != 303:
        return "error", answer.status_code, unescaped("p", answer.text)
    location = answer.headers["location"]
    if not location.startswith(url):
        return "redirect", location
    result = unescaped("q", (await client.get(location)).text)
    return "result", result


URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    return str(httpx2.QueryParams(pairs)).encode()


def unescaped(tag: str, page: str) -> Any:
    found = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    assert found is not None, page
    return json.loads(html.unescape(found[1])) if found[1] else None


def as_json(case: Case, result: Any) -> Any:
    return None if case.action.result is None else case.action.result.to_tree(result)


async def through(door: Callable[..., Awaitable[Answer]], *args: Any) -> tuple[Answer, list[Any]]:
    """What a door answers, and the effects of the call behind it."""
    EFFECTS.clear()
    try:
        answer = await door(*args)
    except Failure as failure:
        answer = ("error", failure.status, wire(failure))
    return answer, list(EFFECTS)


@pytest.mark.parametrize("name", CASES)
async def test_all_doors_agree(name: str) -> None:
    case = CASES[name]
    app.start()  # fresh stores: the call key of the JSON door is the same in every case
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://shop.example") as client:
        expected = await through(by_python, case, client)

        assert await through(by_json, case, client) == expected
        assert await through(by_form, case, client, False) == expected
        assert await through(by_form, case, client, True) == expected
        assert await through(by_client_form, case, client) == expected


async def test_the_cases_end_in_every_way() -> None:
    """A guard against a table whose rows all fail alike for a reason of their own."""
    async with httpx2.AsyncClient() as client:
        ends = {(await through(by_python, case, client))[0][0] for case in CASES.values()}

    assert ends == {"result", "error", "redirect"}
