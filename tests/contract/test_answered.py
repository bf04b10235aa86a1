"""Once the headers of an answer have left, nothing can be added to them, and nothing is lost silently."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.responses import Response

from support.asgi import get
from twofold import App, ConfigurationError, Settings, after, cookies, session

CHANGES: dict[str, Callable[[], Any]] = {
    "cookies.set": lambda: cookies.set("a", "b"),
    "cookies.delete": lambda: cookies.delete("a"),
    "session value": lambda: session.__setitem__("a", 1),
    "session.renew": session.renew,
    "session.clear": session.clear,
}
failures: list[str] = []


def try_it(change: str) -> None:
    try:
        CHANGES[change]()
    except ConfigurationError as error:
        failures.append(str(error))


app = App(settings=Settings(mode="test"))


@app.get("/after")
async def put_off(change: str) -> str:
    after(try_it, change)
    return "done"


@app.get("/stream")
async def stream(change: str) -> AsyncIterator[str]:
    try_it(change)
    yield "done"


@app.get("/cookie")
async def with_cookie(cache: str = "") -> Response:
    cookies.set("a", "b")
    return Response("x", headers={"cache-control": cache} if cache else {})


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", ["after", "stream"])
async def test_a_change_that_would_be_lost_is_refused(place: str, change: str) -> None:
    failures.clear()
    answer = await get(app, f"/{place}?change={change}")

    assert answer.status_code == 200
    assert len(failures) == 1
    assert "after the answer's headers had left" in failures[0]


@pytest.mark.parametrize(("cache", "expected"), [("", "no-store"), ("private, max-age=5", "private, max-age=5")])
async def test_an_answer_that_sets_a_cookie_is_not_stored_unless_it_says_so(cache: str, expected: str) -> None:
    assert (await get(app, f"/cookie?cache={cache}")).headers["cache-control"] == expected
