"""Guards: who is let in, and what the others are told."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.asgi import exchange
from twofold import App, Request, Settings, allow_ips, api_key, bearer, deny_ips, known_keys, use
from twofold.errors import ConfigurationError
from twofold.guards import is_within
from twofold.testing import Client

ADA, BOB = "ada-token-of-20-bytes", "bob-token-of-20-bytes"


async def owner(token: str) -> str | None:
    return {ADA: "ada", BOB: "bob"}.get(token)


def shop() -> App:
    app = App(settings=Settings(mode="test", trusted_proxies=("127.0.0.1",)))

    @app.get("/bearer")
    @use(bearer(owner))
    async def with_token(request: Request) -> str | None:
        return request.principal

    @app.get("/key")
    @use(api_key(known_keys({"ada": ADA, "bob": [BOB, "bobs-former-key-is-long"]})))
    async def with_key(request: Request) -> str | None:
        return request.principal

    @app.get("/inside")
    @use(allow_ips("10.0.0.0/8", "2001:db8::/32"))
    async def inside() -> str:
        return "in"

    @app.get("/outside")
    @use(deny_ips("203.0.113.0/24"))
    async def outside() -> str:
        return "in"

    @app.get("/open")
    async def nobody(request: Request) -> str | None:
        return request.principal

    return app


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(shop()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("authorization", "principal"),
    [(f"Bearer {ADA}", "ada"), (f"bearer {BOB}", "bob"), (f"BEARER   {ADA}", "ada")],
)
async def test_a_token_says_who_calls(client: Client, authorization: str, principal: str) -> None:
    answer = await client.get("/bearer", headers={"authorization": authorization})
    assert (answer.status_code, answer.json()) == (200, principal)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        f"Bearer {ADA} ",
        f"Bearer {ADA} {BOB}",
        f"Bearer {ADA}, Bearer {BOB}",
        f"Token {ADA}",
        f"Basic {base64.b64encode(b'ada:x').decode()}",
        ADA,
        f"Bearer {'x' * 5000}",
        "Bearer \xff",
    ],
)
async def test_a_token_that_is_none_is_told_so(client: Client, authorization: str) -> None:
    answer = await exchange(shop(), "GET", "/bearer", [("authorization", authorization)])
    assert answer.status == 401
    assert answer.values("www-authenticate") == ['Bearer error="invalid_token"']


async def test_without_a_token_there_is_a_challenge_and_no_reason(client: Client) -> None:
    answer = await client.get("/bearer")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "AUTH"


async def test_two_tokens_are_none() -> None:
    token = ("authorization", f"Bearer {ADA}")
    assert (await exchange(shop(), "GET", "/bearer", [token, token])).status == 401


@pytest.mark.parametrize(("key", "principal"), [(ADA, "ada"), (BOB, "bob"), ("bobs-former-key-is-long", "bob")])
async def test_a_key_says_who_calls(client: Client, key: str, principal: str) -> None:
    answer = await client.get("/key", headers={"X-API-Key": key})
    assert (answer.status_code, answer.json()) == (200, principal)


@pytest.mark.parametrize("key", [None, "", "wrong", ADA.upper(), f"{ADA} {BOB}", "x" * 5000])
async def test_a_key_that_is_none_is_refused(client: Client, key: str | None) -> None:
    answer = await client.get("/key", headers={"x-api-key": key})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'ApiKey header="x-api-key"')


async def test_where_no_guard_is_nobody_is_known(client: Client) -> None:
    answer = await client.get("/open", headers={"authorization": f"Bearer {ADA}"})
    assert answer.json() is None


@pytest.mark.parametrize(
    ("address", "inside", "outside"),
    [
        ("10.1.2.3", 200, 200),
        ("11.1.2.3", 403, 200),
        ("::ffff:10.1.2.3", 200, 200),
        ("2001:db8::7", 200, 200),
        ("203.0.113.9", 403, 403),
        ("::ffff:203.0.113.9", 403, 403),
    ],
)
async def test_networks(client: Client, address: str, inside: int, outside: int) -> None:
    for path, status in (("/inside", inside), ("/outside", outside)):
        assert (await client.get(path, headers={"x-forwarded-for": address})).status_code == status


@pytest.mark.parametrize(
    ("address", "networks", "expected"),
    [
        ("10.0.0.1", ["10.0.0.0/8"], True),
        ("10.0.0.1", ["11.0.0.0/8", "10.0.0.1"], True),
        ("10.0.0.1", ["::/0"], False),
        ("::1", ["0.0.0.0/0"], False),
        ("::ffff:10.0.0.1", ["10.0.0.0/8"], True),
        ("::ffff:10.0.0.1", ["::/0"], False),
        (None, ["0.0.0.0/0", "::/0"], False),
        ("localhost", ["0.0.0.0/0", "::/0"], False),
        ("", ["0.0.0.0/0"], False),
    ],
)
def test_what_is_within_a_network(address: str | None, networks: list[str], expected: bool) -> None:
    assert is_within(address, [ip_network(one) for one in networks]) is expected


@given(st.binary(max_size=100))
def test_no_header_makes_a_guard_fail(value: bytes) -> None:
    hostile = value.replace(b"\r", b"").replace(b"\n", b"")
    for path, name in (("/bearer", "authorization"), ("/key", "x-api-key")):
        answer = asyncio.run(exchange(APP, "GET", path, [(name, hostile.decode("latin-1"))]))
        assert answer.status == 401


APP = shop()


def test_misuse_is_refused_with_the_remedy() -> None:
    for wrong, says in (
        (lambda: known_keys({"ada": ""}), "fewer than 16"),
        (lambda: known_keys({"ada": ["short"]}), "fewer than 16"),
        (lambda: known_keys({"ada": ADA, "bob": ADA}), "same key"),
        (lambda: known_keys({}), "nobody"),
        (allow_ips, "names no network"),
        (lambda: deny_ips("300.0.0.0/8"), "deny_ips"),
        (lambda: allow_ips("10.0.0.1/8"), "host bits"),
        (lambda: api_key(owner, header="x key"), "header name"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            wrong()
