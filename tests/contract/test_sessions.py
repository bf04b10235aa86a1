"""The visitor's session over requests: sealed, strict, seen by pages, handlers, actions and middleware alike."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest
from markupsafe import Markup

from support.asgi import ORIGIN, SAME_ORIGIN, exchange, get, visitor
from twofold import (
    App,
    CallNext,
    ConfigurationError,
    Forbidden,
    Request,
    Response,
    Settings,
    action,
    after,
    cached,
    redirect,
    session,
)

NOW = 1_900_000_000
SECRET = "jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"
OTHER_SECRET = "Qz7Lm2Xc9Vb4Nn6As1Df3Gh5Jk8Po0Iu2Yt4"
app = App(settings=Settings(mode="production", secrets=SECRET))


class Clock:
    """Seconds since the epoch, as far as this test goes."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


clock = Clock()


@pytest.fixture(autouse=True)
def _at_the_start() -> None:
    clock.now = float(NOW)


@action(export=True)
async def session_sign_in(name: str) -> str:
    session.renew()
    session["user"] = name
    return name


@app.page("/")
async def home() -> Markup:
    form = session_sign_in.form()
    return Markup("<form {}>{}</form>user {}").format(form.attrs, form.hidden, session.get("user", "nobody"))


@app.get("/user")
async def user() -> str | None:
    found: str | None = session.get("user")
    return found


@app.post("/set/{value}")
async def put(value: str) -> None:
    session["user"] = value


@app.post("/basket")
async def add() -> list[int]:
    session["basket"] = [*session.get("basket", []), 1]
    return [int(one) for one in session["basket"]]


@app.post("/basket-in-place")
async def add_in_place() -> None:
    session["basket"].append(2)


@app.post("/remove")
async def remove() -> None:
    if "user" in session:
        del session["user"]


@app.post("/sign-out")
async def sign_out() -> None:
    session.clear()


@app.get("/id")
async def identity() -> str:
    return session.id


@app.post("/fail/{how}")
async def fail(how: str) -> None:
    session["user"] = how
    raise {"error": ValueError(), "forbidden": Forbidden(), "redirect": redirect("/")}[how]


@app.post("/big")
async def big() -> str:
    session["user"] = "x" * 5_000
    return "stored"


@app.post("/grown")
async def grown() -> str:
    session["user"] = []
    session["user"].append(object())
    return "stored"


@app.post("/wrong")
async def wrong() -> str:
    session["user"] = {1, 2}
    return "stored"


app.start(clock=clock)
HOST_COOKIE = "__Host-session"


def browser(**options: Any) -> Any:
    return visitor(app, headers=SAME_ORIGIN, **options)


async def test_session_is_kept_from_request_to_request() -> None:
    async with browser() as http:
        assert (await http.get("/user")).json() is None
        assert (await http.post("/set/ann")).status_code == 204
        assert (await http.get("/user")).json() == "ann"
        assert "user ann" in (await http.get("/")).text


async def test_sessions_of_visitors_are_their_own() -> None:
    async with browser() as first, browser() as second:
        await first.post("/set/ann")
        await second.post("/set/bob")
        assert [(await one.get("/user")).json() for one in (first, second)] == ["ann", "bob"]


async def test_visitor_without_a_session_gets_no_cookie() -> None:
    for path in ("/user", "/"):
        assert "set-cookie" not in (await get(app, path)).headers


async def test_cookie_says_nothing_and_is_bound_to_the_host() -> None:
    async with browser() as http:
        header = (await http.post("/set/canary")).headers["set-cookie"]
    assert re.fullmatch(r"__Host-session=[A-Za-z0-9_.-]+; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax; Secure", header)
    assert "canary" not in header


async def test_cookie_is_sent_again_only_when_the_session_changed() -> None:
    async with browser() as http:
        await http.post("/set/ann")
        assert "set-cookie" not in (await http.get("/user")).headers
        assert "set-cookie" not in (await http.post("/set/ann")).headers
        assert "set-cookie" in (await http.post("/basket")).headers
        assert "set-cookie" in (await http.post("/basket-in-place")).headers
        assert (await http.post("/basket")).json() == [1, 2, 1]


async def test_value_can_be_taken_out_and_the_session_ended() -> None:
    async with browser() as http:
        await http.post("/set/ann")
        await http.post("/remove")
        assert (await http.get("/user")).json() is None
        assert http.cookies.get(HOST_COOKIE)
        assert "Max-Age=0" in (await http.post("/sign-out")).headers["set-cookie"]
        assert http.cookies.get(HOST_COOKIE) is None


async def test_identity_lives_as_long_as_the_session() -> None:
    async with browser() as http:
        first = (await http.get("/id")).json()
        assert (await http.get("/id")).json() == first
        await http.post("/sign-out")
        assert (await http.get("/id")).json() != first


@pytest.mark.parametrize(("how", "status"), [("error", 500), ("forbidden", 403), ("redirect", 303)])
async def test_session_is_kept_also_when_the_handler_fails(how: str, status: int) -> None:
    async with browser() as http:
        assert (await http.post(f"/fail/{how}")).status_code == status
        assert (await http.get("/user")).json() == how


@pytest.mark.parametrize("path", ["/big", "/grown", "/wrong"])
async def test_session_that_cannot_be_kept_is_a_fault_of_the_app(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async with browser() as http:
        await http.post("/set/ann")
        response = await http.post(path)
        assert (response.status_code, response.json()["code"]) == (500, "INTERNAL")
        assert response.json()["digest"] in caplog.text
        assert "stored" not in response.text
        assert (await http.get("/user")).json() == "ann"


async def sealed(name: str, **options: Any) -> str:
    async with browser(**options) as http:
        await http.post(f"/set/{name}")
        value = http.cookies.get(HOST_COOKIE)
        assert value
        return value


FORGERIES = ["", "x", "x" * 20_000, "a.b.c", "\xff\xfe", '"', "null", "e30", "=", "{}"]


@pytest.mark.parametrize("value", FORGERIES, ids=[one[:10] for one in FORGERIES])
async def test_forged_session_is_a_strangers_and_no_fault(value: str) -> None:
    for path in ("/user", "/"):
        answer = await exchange(app, "GET", path, {"cookie": f"{HOST_COOKIE}={value}"})
        assert answer.status == 200
        assert b"null" in answer.body or b"nobody" in answer.body


async def test_every_changed_character_is_noticed() -> None:
    value = await sealed("ann")
    for index in range(0, len(value), 7):
        changed = value[:index] + ("A" if value[index] != "A" else "B") + value[index + 1 :]
        assert (await exchange(app, "GET", "/user", {"cookie": f"{HOST_COOKIE}={changed}"})).json is None


async def test_session_of_another_key_is_a_strangers() -> None:
    other = App(settings=Settings(mode="production", secrets=f"{OTHER_SECRET}"))
    rotated = App(settings=Settings(mode="production", secrets=f"{OTHER_SECRET},{SECRET}"))
    for one, expected in ((other, None), (rotated, "ann")):
        one.get("/user")(user)
        one.start(clock=clock)
        assert (await exchange(one, "GET", "/user", {"cookie": f"{HOST_COOKIE}={await sealed('ann')}"})).json == expected


async def test_cookie_without_the_prefix_is_not_believed() -> None:
    value = await sealed("ann")
    assert (await exchange(app, "GET", "/user", {"cookie": f"session={value}"})).json is None
    assert (await exchange(app, "GET", "/user", {"cookie": f"{HOST_COOKIE}={value}"})).json == "ann"


async def test_session_expires_after_its_last_change() -> None:
    async with browser() as http:
        await http.post("/set/ann")
        cookie = {"cookie": f"{HOST_COOKIE}={http.cookies.get(HOST_COOKIE)}"}
    clock.now += 14 * 24 * 60 * 60 - 1
    assert (await exchange(app, "GET", "/user", cookie)).json == "ann"
    clock.now += 2
    assert (await exchange(app, "GET", "/user", cookie)).json is None


async def test_sign_in_changes_the_identity() -> None:
    """A session planted before sign-in is worth nothing after it."""
    async with browser() as http:
        planted = (await http.get("/id")).json()
        page = (await http.get("/")).text
        token = re.findall(r'name="_tf" value="([^"]+)"', page)[0]
        response = await http.post(f"/?/{session_sign_in.id}", data={"_tf": token, "name": "ann"})
        assert (response.status_code, (await http.get("/user")).json()) == (303, "ann")
        assert (await http.get("/id")).json() != planted


async def test_form_is_bound_to_the_session_it_was_shown_in() -> None:
    async with browser() as victim, browser() as attacker:
        await victim.get("/id")
        await attacker.get("/id")
        page = (await attacker.get("/")).text
        token = re.findall(r'name="_tf" value="([^"]+)"', page)[0]
        response = await victim.post(f"/?/{session_sign_in.id}", data={"_tf": token, "name": "attacker"})
        assert response.status_code == 410
        assert (await victim.get("/user")).json() is None


# Where it is not there

words = App(settings=Settings(mode="test"))


@cached(tags=["session-words"])
async def cached_with_session() -> str:
    return str(session.get("user"))


@words.get("/cached")
async def reads_in_cache() -> str:
    return await cached_with_session()


@words.get("/late")
async def writes_late() -> str:
    after(session.get, "user")
    return "x"


async def test_session_is_not_read_inside_a_cached_function(caplog: pytest.LogCaptureFixture) -> None:
    assert (await get(words, "/cached")).status_code == 500
    assert "session was used inside the cached function" in caplog.text


async def test_session_can_be_read_after_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    assert (await get(words, "/late")).status_code == 200
    assert caplog.records == []


def test_session_is_refused_outside_a_request() -> None:
    with pytest.raises(ConfigurationError, match="session works only while a request is handled"):
        session.get("user")


async def test_guard_and_handler_see_one_session() -> None:
    async def signing_in(request: Request, call_next: CallNext) -> Response:
        request.session["user"] = "by guard"
        return await call_next(request)

    one = App(settings=Settings(mode="test"), middleware=[signing_in])
    one.get("/user")(user)
    assert (await get(one, "/user")).json() == "by guard"


async def test_plain_cookie_serves_development_over_http() -> None:
    one = App(settings=Settings(mode="development", secrets=SECRET))
    one.post("/set/{value}")(put)
    one.get("/user")(user)
    transport = httpx2.ASGITransport(app=one)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN.replace("https", "http"), headers=SAME_ORIGIN) as http:
        header = (await http.post("/set/ann")).headers["set-cookie"]
        assert header.startswith("session=")
        assert "Secure" not in header
        assert (await http.get("/user")).json() == "ann"
