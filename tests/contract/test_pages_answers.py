"""What goes around every answer: slashes, security headers, hosts, proxies, cookies, work put off."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from starlette.responses import PlainTextResponse

from support.asgi import HOST, exchange, visitor
from twofold import (
    App,
    CallNext,
    Forbidden,
    NotFound,
    Redirect,
    Request,
    Response,
    Settings,
    after,
    cookies,
    headers,
    redirect,
    session,
)

TEST = Settings(mode="test")
app = App(settings=TEST)


@app.page("/")
async def home() -> str:
    return "home"


@app.page("/products/{sku}")
async def product(sku: str) -> str:
    return sku


@app.get("/api/{name}")
async def read(name: str) -> str:
    return name


@app.post("/api/{name}")
async def write(name: str) -> str:
    return name


@app.get("/api-rest/{path...?}")
async def rest(path: tuple[str, ...] = ()) -> list[str]:
    return list(path)


# Slashes

SLASHES = [
    ("GET", "/products/A/", 308, "/products/A"),
    ("HEAD", "/products/A/", 308, "/products/A"),
    ("GET", "/products/A/?a=1&b=%2F", 308, "/products/A?a=1&b=%2F"),
    ("GET", "/products/A/?", 308, "/products/A"),
    ("GET", "/products/%2F/", 308, "/products/%2F"),
    ("GET", "/products/%5Cevil.example/", 308, "/products/%5Cevil.example"),
    ("GET", "/products/A//", 404, None),
    ("GET", "/", 200, None),
    ("GET", "//", 404, None),
    ("GET", "//evil.example/", 404, None),
    ("GET", "//evil.example/products/A/", 404, None),
    ("GET", "/%2F/evil.example/", 404, None),
    ("GET", "///products/A/", 404, None),
    # Everything but the reading of a page is served as it came: a redirected preflight fails, a redirected POST asks.
    ("OPTIONS", "/products/A/", 204, None),
    ("POST", "/products/A/", 405, None),
    ("PUT", "/products/A/", 405, None),
    ("GET", "/api/x/", 200, None),
    ("HEAD", "/api/x/", 200, None),
    ("POST", "/api/x/", 200, None),
    ("OPTIONS", "/api/x/", 204, None),
    ("GET", "/api-rest/", 200, None),
    ("GET", "/api-rest/a/b/", 200, None),
    ("GET", "/absent/", 404, None),
]


@pytest.mark.parametrize(("method", "target", "status", "location"), SLASHES)
async def test_page_has_one_url(method: str, target: str, status: int, location: str | None) -> None:
    answer = await exchange(app, method, target)
    assert (answer.status, answer.headers.get("location")) == (status, location)


@pytest.mark.parametrize(
    "target", ["//evil.example/", "/\\evil.example/", "/%2Fevil.example/", "/%5C%5Cevil.example/", "/.//evil.example/"]
)
async def test_slash_redirect_leads_to_no_other_host(target: str) -> None:
    everywhere = App(settings=TEST)
    everywhere.page("/{sku}")(product)
    answer = await exchange(everywhere, "GET", target)
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


# Security headers

SECURITY = {"x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"}


async def odd_middleware(request: Request, call_next: CallNext) -> Response:
    if request.url.path == "/middleware":
        return PlainTextResponse("middleware")
    return await call_next(request)


answers = App(settings=TEST, middleware=[odd_middleware])


@answers.page("/page")
async def page() -> str:
    return "x"


@answers.get("/typed")
async def typed() -> int:
    return 1


@answers.post("/typed")
async def nothing() -> None:
    return


@answers.get("/stream")
async def stream() -> AsyncIterator[str]:
    yield "a"


@answers.get("/redirect")
async def redirected() -> Redirect:
    return redirect("/x")


@answers.get("/failing")
async def failing() -> int:
    raise ValueError


@answers.get("/forbidden")
async def forbidden() -> int:
    raise Forbidden


@answers.get("/own")
async def own() -> Response:
    return PlainTextResponse("x", headers={"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": "default-src 'none'"})


KINDS = [
    ("GET", "/page"), ("HEAD", "/page"), ("GET", "/page/"), ("POST", "/page"), ("POST", "/page?/x.y"), ("GET", "/typed"),
    ("POST", "/typed"), ("OPTIONS", "/typed"), ("DELETE", "/typed"), ("PROPFIND", "/typed"), ("GET", "/stream"),
    ("GET", "/redirect"),
    ("GET", "/failing"), ("GET", "/forbidden"), ("GET", "/absent"), ("GET", "/%ff"), ("POST", "/_twofold/call?/x.y"),
    ("GET", "/_twofold/call"), ("GET", "/middleware"), ("GET", "/own"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target"), KINDS)
async def test_every_answer_has_security_headers_once(method: str, target: str) -> None:
    found = (await exchange(answers, method, target)).headers
    # JSON is no document: nobody frames it, runs anything of it, or follows a link in it.
    is_data = found.get("content-type", "").startswith("application/json")
    assert found.keys() & SECURITY == ({"x-content-type-options"} if is_data else SECURITY)


async def test_answer_may_say_otherwise() -> None:
    found = (await exchange(answers, "GET", "/own")).headers
    assert (found["x-frame-options"], found["content-security-policy"]) == ("SAMEORIGIN", "default-src 'none'")
    assert found["x-content-type-options"] == "nosniff"


async def test_policy_is_extended_by_settings() -> None:
    extended = App(settings=Settings(mode="test", content_security_policy={"img-src": ("data:",)}))
    extended.page("/")(home)
    assert (await exchange(extended, "GET", "/")).headers["content-security-policy"].endswith("; img-src 'self' data:")


# Hosts

HOSTS = [
    ("shop.example", 200),
    ("SHOP.example", 200),
    ("shop.example:8000", 200),
    ("shop.example.", 200),
    ("a.api.example", 200),
    ("a.b.api.example", 400),
    ("evil.example", 400),
    ("shop.example.evil.example", 400),
    ("shop.example@evil.example", 400),
    ("evil.example#shop.example", 400),
    ("", 400),
    ("shop.example, evil.example", 400),
    ("[::1]", 400),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
@pytest.mark.parametrize("path", ["/", "/absent", "/api/x"])
async def test_app_answers_for_its_hosts_only(host: str, status: int, path: str) -> None:
    strict = App(settings=Settings(mode="test", allowed_hosts=("shop.example", "*.api.example")))
    strict.page("/")(home)
    strict.get("/api/{name}")(read)
    answer = await exchange(strict, "GET", path, {"host": host})
    assert answer.status == (404 if status == 200 and path == "/absent" else status)
    assert b"evil" not in answer.body


# Proxies

SECRET = "jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"
proxied = App(settings=Settings(mode="development", secrets=SECRET, trusted_proxies=("10.0.0.0/8",)))


@proxied.post("/seen")
async def seen(request: Request) -> list[str]:
    client = request.call.client
    cookies.set("a", "1")
    session["a"] = 1
    return [client.scheme, client.host, client.address or ""]


FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-host": "public.example", "x-forwarded-for": "198.51.100.7"}
PROXIES = [
    ("10.1.2.3", {}, ["http", HOST, "10.1.2.3"]),
    ("10.1.2.3", FORWARDED, ["https", "public.example", "198.51.100.7"]),
    ("198.51.100.9", FORWARDED, ["http", HOST, "198.51.100.9"]),
    ("127.0.0.1", FORWARDED, ["http", HOST, "127.0.0.1"]),
    ("10.1.2.3", {**FORWARDED, "x-forwarded-proto": "http, https"}, ["https", "public.example", "198.51.100.7"]),
    ("10.1.2.3", {**FORWARDED, "x-forwarded-host": "public.example, inner.example"}, ["https", "inner.example", "198.51.100.7"]),
    ("10.1.2.3", {**FORWARDED, "x-forwarded-for": "1.1.1.1, 198.51.100.7"}, ["https", "public.example", "198.51.100.7"]),
]


@pytest.mark.parametrize(("peer", "sent", "expected"), PROXIES)
async def test_forwarded_headers_count_from_trusted_proxies_only(peer: str, sent: dict[str, str], expected: list[str]) -> None:
    headers = {"sec-fetch-site": "same-origin", **sent}
    answer = await exchange(proxied, "POST", "/seen", headers, client=(peer, 1), scheme="http")
    assert answer.json == expected
    is_secure = expected[0] == "https"
    [first, second] = answer.values("set-cookie")
    assert first.startswith("a=1;")
    assert second.startswith("__Host-session=" if is_secure else "session=")
    assert [first.endswith("; Secure"), second.endswith("; Secure")] == [is_secure, is_secure]


@pytest.mark.parametrize(
    ("origin", "status"), [("https://public.example", 200), (f"http://{HOST}", 403), ("https://evil.example", 403)]
)
async def test_origin_is_compared_with_the_forwarded_host(origin: str, status: int) -> None:
    headers = {"origin": origin, "cookie": "a=1", **FORWARDED}
    answer = await exchange(proxied, "POST", "/seen", headers, client=("10.1.2.3", 1), scheme="http")
    assert answer.status == status


@pytest.mark.parametrize(
    ("mode", "scheme", "is_secure"),
    [("production", "http", True), ("test", "http", True), ("development", "https", True), ("development", "http", False)],
)
async def test_cookies_are_secure_but_in_development_over_http(mode: Any, scheme: str, is_secure: bool) -> None:
    one = App(settings=Settings(mode=mode, secrets=SECRET))
    one.post("/seen")(seen)
    answer = await exchange(one, "POST", "/seen", {"sec-fetch-site": "same-origin"}, scheme=scheme)
    assert all(value.endswith("; Secure") is is_secure for value in answer.values("set-cookie"))


# Cookies and headers

jar = App(settings=TEST)


@jar.page("/write/{how}")
async def writes(how: Literal["ok", "redirect", "not-found", "forbidden", "error", "response"]) -> Any:
    cookies.set("a", "1")
    cookies.delete("b")
    match how:
        case "redirect":
            return redirect("/x")
        case "not-found":
            raise NotFound
        case "forbidden":
            raise Forbidden
        case "error":
            raise ValueError
        case "response":
            response = PlainTextResponse("x")
            response.set_cookie("c", "3")
            return response
    return f"{cookies.get('a')} {cookies.get('b')} {headers.get('x-a')}"


@pytest.mark.parametrize("how", ["ok", "redirect", "not-found", "forbidden", "error", "response"])
async def test_cookies_leave_with_every_kind_of_answer(how: str) -> None:
    answer = await exchange(jar, "GET", f"/write/{how}", {"cookie": "a=0; b=0", "x-a": "x"})
    written = [value.partition(";")[0] for value in answer.values("set-cookie")]
    assert written == ([*(["c=3"] if how == "response" else []), "a=1", 'b=""'])
    assert how != "ok" or answer.body == b"1 None x"


async def test_cookie_of_one_visitor_is_not_anothers() -> None:
    async with visitor(jar) as first, visitor(jar) as second:
        assert (await first.get("/write/ok")).cookies["a"] == "1"
        assert second.cookies.get("a") is None


async def test_request_words_are_refused_outside_a_request() -> None:
    from twofold import ConfigurationError

    for use in (lambda: cookies.get("a"), lambda: headers.get("a"), lambda: session.get("a"), lambda: after(print)):
        with pytest.raises(ConfigurationError, match="only while a request is handled"):
            use()


# After the answer

trace: list[str] = []


class Watching:
    """ASGI middleware that writes down when the answer is complete."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def watched(message: Any) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                trace.append("sent")
            await send(message)

        await self.inner(scope, receive, watched)


late = App(settings=TEST)
late.wrap(Watching)


def note(text: str) -> None:
    trace.append(text)


async def note_with_cookie() -> None:
    trace.append(f"cookie {cookies.get('a')}")
    after(note, "nested")


@late.get("/putting-off/{how}")
async def work(how: str) -> str:
    after(note, "first")
    after(note_with_cookie)
    after(lambda: 1 / 0)
    after(note, text="last")
    trace.append("handler")
    if how == "failing":
        raise ValueError
    if how == "redirect":
        raise redirect("/x")
    return "done"


@pytest.mark.parametrize(("how", "status"), [("ok", 200), ("failing", 500), ("redirect", 303)])
async def test_work_put_off_runs_after_the_answer(how: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    trace.clear()
    with caplog.at_level(logging.ERROR, "twofold"):
        answer = await exchange(late, "GET", f"/putting-off/{how}", {"cookie": "a=1"})
    assert answer.status == status
    assert trace == ["handler", "sent", "first", "cookie 1", "last", "nested"]
    assert "ZeroDivisionError" in caplog.text
