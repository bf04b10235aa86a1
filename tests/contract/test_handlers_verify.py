"""@verify and the origin decision: who may call a handler is decided before anything is parsed."""

from __future__ import annotations

import hmac
from typing import Annotated

import pytest
from pydantic import BaseModel

from support.asgi import CROSS_SITE, ORIGIN, SAME_ORIGIN, exchange
from twofold import (
    App,
    CallNext,
    Depends,
    Header,
    HmacSha256,
    Request,
    Response,
    Settings,
    cookies,
    same_origin,
    session,
    use,
    verify,
)

SECRET = "payment-secret-of-the-tests"
verifier = HmacSha256(header="x-signature", secret=SECRET)
app = App(settings=Settings(mode="test", max_body_bytes=1000))
ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


class Event(BaseModel):
    id: str
    amount: int


def looked_up() -> str:
    ran.append("dependency")
    return "x"


@app.post("/webhook")
@verify(verifier)
async def webhook(event: Event, n: int = 1, dependency: Annotated[str, Depends(looked_up)] = "") -> str:
    ran.append("handler")
    return event.id


@app.post("/raw")
@verify(verifier)
async def raw(body: bytes) -> int:
    return len(body)


@app.get("/signed-read")
@verify(verifier)
async def signed_read() -> str:
    return "read"


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


BODY = b'{"id": "e1", "amount": 5}'
HOSTILE = [
    b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"id": 1}', b'{"id":"a","id":"b"}', b"NaN", b'"\\ud800"',
    b"--x\r\n", b"\x00" * 500, b"x" * 1_001,
]  # fmt: skip
MEDIA = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]


async def test_signed_body_is_parsed() -> None:
    answer = await exchange(app, "POST", "/webhook", {"content-type": "application/json", "x-signature": signed(BODY)}, BODY)
    assert (answer.status, answer.json, ran) == (200, "e1", ["dependency", "handler"])


async def test_signature_counts_over_pieces() -> None:
    pieces = [BODY[i : i + 3] for i in range(0, len(BODY), 3)]
    answer = await exchange(app, "POST", "/webhook", {"content-type": "application/json", "x-signature": signed(BODY)}, pieces)
    assert answer.status == 200


SIGNATURES: list[tuple[list[str], int, str]] = [
    ([], 401, "AUTH"),
    ([""], 403, "FORBIDDEN"),
    (["garbage"], 403, "FORBIDDEN"),
    (["é" * 64], 403, "FORBIDDEN"),
    (["0" * 64], 403, "FORBIDDEN"),
    (["0" * 100_000], 403, "FORBIDDEN"),
    ([signed(BODY + b" ")], 403, "FORBIDDEN"),
    ([signed(BODY, "another-secret-of-somebody")], 403, "FORBIDDEN"),
    ([signed(BODY), signed(BODY)], 403, "FORBIDDEN"),
    ([f"sha256={signed(BODY)}"], 403, "FORBIDDEN"),
    ([f" {signed(BODY)}"], 403, "FORBIDDEN"),
]


@pytest.mark.parametrize(("values", "status", "code"), SIGNATURES, ids=[str(values)[:30] for values, _, _ in SIGNATURES])
async def test_missing_signature_is_401_and_a_wrong_one_403(values: list[str], status: int, code: str) -> None:
    headers = [("content-type", "application/json"), *(("x-signature", value) for value in values)]
    answer = await exchange(app, "POST", "/webhook", headers, BODY)
    assert (answer.status, answer.json["code"], ran) == (status, code, [])
    assert (answer.headers.get("www-authenticate") is not None) == (status == 401)


async def test_every_wrong_signature_has_the_same_answer() -> None:
    bodies = set()
    for values, status, _ in SIGNATURES:
        if status == 403:
            answer = await exchange(app, "POST", "/webhook", [("x-signature", value) for value in values], BODY)
            bodies.add(answer.body)
    assert len(bodies) == 1


@pytest.mark.parametrize("body", HOSTILE, ids=[repr(body[:20]) for body in HOSTILE])
@pytest.mark.parametrize("media", MEDIA)
async def test_unsigned_body_is_not_parsed_and_never_a_servers_fault(body: bytes, media: str) -> None:
    for signature in ({}, {"x-signature": "0" * 64}, {"x-signature": signed(b"other")}):
        answer = await exchange(app, "POST", "/webhook?n=x", {"content-type": media, **signature}, body)
        assert answer.status == (413 if len(body) > 1_000 else 403 if signature else 401)
    assert ran == []


@pytest.mark.parametrize("body", HOSTILE, ids=[repr(body[:20]) for body in HOSTILE])
@pytest.mark.parametrize("media", MEDIA)
async def test_signed_hostile_body_is_a_clients_fault(body: bytes, media: str) -> None:
    answer = await exchange(app, "POST", "/webhook", {"content-type": media, "x-signature": signed(body)}, body)
    assert answer.status in (413, 415, 422)
    assert "handler" not in ran


async def test_raw_body_can_be_taken_after_verification() -> None:
    answer = await exchange(app, "POST", "/raw", {"x-signature": signed(b"\x00\xff")}, b"\x00\xff")
    assert answer.json == 2


@pytest.mark.parametrize(("signature", "status"), [(signed(b""), 200), (signed(b"x"), 403), (None, 401)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_verified_read_signs_an_empty_body(method: str, signature: str | None, status: int) -> None:
    headers = {} if signature is None else {"x-signature": signature}
    assert (await exchange(app, method, "/signed-read", headers)).status == status


async def noting(request: Request, call_next: CallNext) -> Response:
    ran.append("middleware")
    return await call_next(request)


@app.post("/ordered")
@use(noting)
@verify(verifier)
async def ordered() -> None:
    ran.append("handler")


async def test_handlers_own_middleware_runs_after_verification() -> None:
    assert (await exchange(app, "POST", "/ordered", {}, BODY)).status == 401
    assert ran == []
    assert (await exchange(app, "POST", "/ordered", {"x-signature": signed(BODY)}, BODY)).status == 204
    assert ran == ["middleware", "handler"]


# Origin

COOKIE = {"cookie": "a=1"}
BEARER = {"authorization": "Bearer token"}
BASIC = {"authorization": "Basic dTpw"}
ALLOWED = "https://pay.example"
origins = App(settings=Settings(mode="test", allowed_origins=(ALLOWED,)))


@origins.post("/same-origin")
@same_origin
async def declared() -> None:
    ran.append("handler")


@origins.post("/session")
async def with_session() -> None:
    session["a"] = 1
    ran.append("handler")


@origins.delete("/session")
async def reads_session() -> None:
    session.get("a")
    ran.append("handler")


@origins.put("/session")
async def reads_request_session(request: Request) -> None:
    request.session.get("a")
    ran.append("handler")


def signed_in() -> str | None:
    return session.get("user")


@origins.patch("/session")
async def depends_on_session(user: Annotated[str | None, Depends(signed_in)]) -> None:
    ran.append("handler")


@origins.post("/plain")
async def plain(authorization: Annotated[str, Header()] = "") -> None:
    cookies.get("a")
    ran.append("handler")


@origins.get("/session")
async def safe() -> None:
    session.get("a")
    ran.append("handler")


async def reading(request: Request, call_next: CallNext) -> Response:
    request.session.get("a")
    return await call_next(request)


behind_reader = App(settings=Settings(mode="test", allowed_origins=(ALLOWED,)), middleware=[reading])
behind_reader.post("/session")(plain)
behind_reader.get("/session")(safe)

# headers, whether a handler with ambient authority runs
EVIDENCE = [
    ({**COOKIE}, False),
    ({}, True),
    ({**BEARER}, True),
    ({**BASIC}, False),
    ({**COOKIE, **BEARER}, False),
    ({**COOKIE, **SAME_ORIGIN}, True),
    ({**COOKIE, "origin": ORIGIN}, True),
    ({**COOKIE, "origin": ALLOWED}, True),
    ({**COOKIE, **CROSS_SITE, "origin": ALLOWED}, True),
    ({**COOKIE, **CROSS_SITE}, False),
    ({**CROSS_SITE}, False),
    ({**BEARER, **CROSS_SITE}, False),
    ({**COOKIE, "sec-fetch-site": "same-site"}, False),
    ({**COOKIE, "sec-fetch-site": "none"}, True),
    ({**COOKIE, "origin": "null"}, False),
    ({**COOKIE, "origin": "https://evil.example"}, False),
    ({**COOKIE, "origin": "https://shop.example.evil.example"}, False),
    ({**COOKIE, "referer": ORIGIN}, False),
]


@pytest.mark.parametrize(("headers", "runs"), EVIDENCE)
@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/same-origin"), ("POST", "/session"), ("DELETE", "/session"), ("PUT", "/session"), ("PATCH", "/session")],
)
async def test_handler_with_the_session_or_declared_needs_a_page_of_this_site(
    method: str, target: str, headers: dict[str, str], runs: bool
) -> None:
    answer = await exchange(origins, method, target, headers)
    assert (answer.status, ran) == ((204, ["handler"]) if runs else (403, []))
    assert answer.headers.get("vary") == (None if runs else "Sec-Fetch-Site, Origin")


@pytest.mark.parametrize(("headers", "runs"), EVIDENCE)
async def test_session_read_by_a_guard_counts_as_the_handlers(headers: dict[str, str], runs: bool) -> None:
    answer = await exchange(behind_reader, "POST", "/session", headers)
    assert (answer.status, ran) == ((204, ["handler"]) if runs else (403, []))


@pytest.mark.parametrize(("headers", "runs"), EVIDENCE)
async def test_handler_without_the_session_is_for_everyone(headers: dict[str, str], runs: bool) -> None:
    assert (await exchange(origins, "POST", "/plain", headers)).status == 204


@pytest.mark.parametrize("headers", [headers for headers, _ in EVIDENCE])
@pytest.mark.parametrize("asked", [origins, behind_reader])
async def test_safe_method_reads_the_session_from_anywhere(asked: App, headers: dict[str, str]) -> None:
    assert (await exchange(asked, "GET", "/session", headers)).status == 204
