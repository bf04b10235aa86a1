"""`twofold webhook send`, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.programs import run
from support.uvicorn_server import serving
from twofold import App, ConfigurationError, HmacSha256, Redirect, Request, Response, Settings, redirect, verify
from twofold.cli.main import commands
from twofold.cli.webhook import shown
from twofold.webhooks import GitHub, Slack, StandardWebhooks, Stripe, dedupe

SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VERIFIERS: dict[str, Any] = {
    "stripe": Stripe(secret=SECRET),
    "github": GitHub(secret=SECRET),
    "slack": Slack(secret=SECRET),
    "standard": StandardWebhooks(secret=SECRET),
    "hmac": HmacSha256(header="x-signature", prefix="sha256=", secret=SECRET),
}
HMAC = ("--header", "X-Signature", "--prefix", "sha256=")


@dataclass
class Event:
    id: str
    type: str


received: list[tuple[str, bytes, dict[str, str]]] = []
app = App(settings=Settings(mode="test"))


async def receive(request: Request) -> str:
    received.append((request.url.path, await request.body(), dict(request.headers)))
    return "taken"


for name, verifier in VERIFIERS.items():

    @app.post(f"/{name}")
    @verify(verifier)
    async def one(request: Request) -> str:
        return await receive(request)


@app.post("/once")
@verify(VERIFIERS["stripe"])
@dedupe(by=lambda event: event.id)
async def once(event: Event) -> str:
    received.append(("/once", b"", {}))
    return event.type


@app.post("/elsewhere")
async def elsewhere() -> Redirect:
    return redirect("/stripe")


@app.post("/steering")
async def steering() -> Response:
    return Response(b"\x1b[2Jgone \xff\x9b", 418)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    received.clear()
    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def typed(*arguments: str, secret: str = SECRET, given: bytes | None = None) -> Result:
    return CliRunner().invoke(commands, ["webhook", "send", *arguments, "--secret-env", "HOOK"], given, env={"HOOK": secret})


async def send(target: str, *arguments: str, secret: str = SECRET, given: bytes | None = None) -> tuple[int, str, str]:
    done = await asyncio.to_thread(typed, target, *arguments, secret=secret, given=given)
    assert secret not in done.output
    return done.exit_code, done.stdout, done.stderr


async def test_the_program_signs_and_sends(url: str, tmp_path: Path) -> None:
    arguments = ("webhook", "send", f"{url}/github", "--provider", "github", "--secret-env", "HOOK", "--id", "evt_1")
    good = await asyncio.to_thread(run, tmp_path, *arguments, HOOK=SECRET)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.splitlines() == [f"POST {url}/github (event evt_1)", "200 OK", '"taken"']
    bad = await asyncio.to_thread(run, tmp_path, *arguments)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == "twofold: the variable HOOK holds no secret; set it to the one that the app verifies with\n"


async def test_every_provider_signs_what_its_verifier_accepts(url: str) -> None:
    for name in VERIFIERS:
        code, out, err = await send(f"{url}/{name}", "--provider", name, "--id", f"evt_{name}", *(HMAC if name == "hmac" else ()))
        assert (code, err) == (0, "")
        assert out.splitlines() == [f"POST {url}/{name} (event evt_{name})", "200 OK", '"taken"']
    assert {path: body for path, body, _ in received} == {
        f"/{name}": b'{"id":"evt_%s","type":"test"}' % name.encode() for name in VERIFIERS
    }
    headers = {path: headers for path, _, headers in received}
    assert (headers["/github"]["x-github-delivery"], headers["/github"]["x-github-event"]) == ("evt_github", "ping")
    assert headers["/standard"]["webhook-id"] == "evt_standard"


async def test_body_comes_from_a_file_or_standard_input_as_it_is(url: str, tmp_path: Path) -> None:
    body = b'{ "id": "e1",\r\n "odd": "\xff" }\n'
    file = tmp_path / "event.json"
    file.write_bytes(body)
    await send(f"{url}/slack?a=b", "--provider", "slack", "--event", str(file), "--content-type", "text/x-own")
    await send(f"{url}/slack", "--provider", "slack", "--event", "-", given=body)
    assert [sent for _, sent, _ in received] == [body, body]
    assert received[0][2]["content-type"] == "text/x-own"


async def test_an_event_sent_twice_counts_once(url: str) -> None:
    told = [await send(f"{url}/once", "--provider", "stripe", "--id", "evt_1") for _ in range(2)]
    assert [(code, out.splitlines()[1:]) for code, out, _ in told] == [(0, ["200 OK", '"test"'])] * 2
    assert len(received) == 1


async def test_answer_that_is_no_success_is_a_failure(url: str) -> None:
    told = [await send(f"{url}/stripe", "--provider", "stripe", secret="another-secret-than-the-apps")]
    told += [await send(f"{url}/{path}", "--provider", "stripe") for path in ("nowhere", "elsewhere", "steering")]
    assert [code for code, _, _ in told] == [1, 1, 1, 1]
    assert [out.splitlines()[1] for _, out, _ in told] == ["403 Forbidden", "404 Not Found", "303 See Other", "418 I'm a Teapot"]
    assert "\\x1b[2Jgone" in told[3][1]
    assert received == []


async def test_first_of_several_secrets_signs(url: str) -> None:
    assert (await send(f"{url}/stripe", "--provider", "stripe", secret=f"{SECRET},the-secret-of-last-year"))[0] == 0


async def test_server_that_is_not_there_is_told() -> None:
    code, _, err = await send("http://127.0.0.1:1/", "--provider", "github")
    assert code == 1
    assert err.startswith("twofold: 127.0.0.1:1 does not answer: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shop.example", "--provider", "stripe"], "is no URL"),
        (["ftp://shop.example", "--provider", "stripe"], "is no URL"),
        (["http://", "--provider", "stripe"], "is no URL"),
        (["http://[::1", "--provider", "stripe"], "is no URL"),
        (["http://shop.example:99999/", "--provider", "stripe"], "is no URL"),
        (["http://shop.example/a b", "--provider", "stripe"], "is no URL"),
        (["http://shop.example/\r\nX-A: b", "--provider", "stripe"], "is no URL"),
        (["http://shöp.example/", "--provider", "stripe"], "is no URL"),
        (["http://user:word@shop.example/", "--provider", "stripe"], "no user and password"),
        (["http://127.0.0.1:1/", "--provider", "hmac"], "--header x-signature"),
        (["http://127.0.0.1:1/", "--provider", "hmac", "--header", "x y"], "not a header name"),
        (["http://127.0.0.1:1/", "--provider", "stripe", "--header", "x-y"], "are for --provider hmac"),
        (["http://127.0.0.1:1/", "--provider", "standard", "--id", "a.b"], "1 to 128"),
        (["http://127.0.0.1:1/", "--provider", "github", "--id", "a\r\nx: y"], "cannot be sent"),
        (["http://127.0.0.1:1/", "--provider", "github", "--event", "nowhere.json"], "nowhere.json cannot be read"),
    ],
)
def test_misuse_is_told_with_its_remedy(arguments: list[str], message: str) -> None:
    done = typed(*arguments)
    assert isinstance(done.exception, ConfigurationError)
    assert message in str(done.exception)
    assert SECRET not in str(done.exception)


@pytest.mark.parametrize(
    ("secret", "message"), [("", "holds no secret"), (" ,x", "holds no secret"), ("short-one", "fewer than 16")]
)
def test_secret_that_is_missing_or_short_is_told_and_not_shown(secret: str, message: str) -> None:
    done = typed("http://127.0.0.1:1/", "--provider", "stripe", secret=secret)
    assert message in str(done.exception)
    assert "short-one" not in f"{done.exception}{done.output}"


def test_unknown_provider_is_told() -> None:
    assert typed("http://127.0.0.1:1/", "--provider", "paypal").exit_code == 2


def test_what_would_steer_a_terminal_is_shown_as_text() -> None:
    assert shown("a\tb\nc\x1b[2J\x9b\r\N{RIGHT-TO-LEFT OVERRIDE}é") == "a\tb\nc\\x1b[2J\\x9b\\x0d\\x202eé"
