from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from markupsafe import Markup
from starlette.types import ASGIApp, Receive, Scope, Send

from twofold import App, Settings
from twofold.cli import error_page
from twofold.cli.development import Development, started
from twofold.cli.error_page import Asked, masked_value, render
from twofold.cli.faults import faults_of, is_own
from twofold.testing import Client

HERE = Path(__file__).parent
ASKED = Asked("GET", "/<path>?a=1", (("accept", "*/*"),))


def fail(message: str = "inner") -> None:
    raise LookupError(message)


def failing() -> Exception:
    try:
        try:
            fail()
        except LookupError as error:
            raise RuntimeError("outer <b>") from error
    except RuntimeError as error:
        error.add_note("a note")
        return error


def test_a_fault_shows_own_frames_first_with_the_source_around_them() -> None:
    outer, inner = faults_of(failing(), HERE)
    assert (outer.kind, outer.message, outer.notes, outer.relation) == ("RuntimeError", "outer <b>", ("a note",), "")
    assert (inner.kind, inner.message, inner.relation) == ("LookupError", "inner", "caused by")
    assert [frame.function for frame in inner.own] == ["fail", "failing"]
    assert inner.own[0].file == Path(__file__).name
    assert [line.text for line in inner.own[0].source if line.is_current] == ["    raise LookupError(message)"]


def test_frames_of_libraries_are_told_apart() -> None:
    try:
        asyncio.run(asyncio.wait_for(_await_failure(), 1))
    except LookupError as error:
        (fault,) = faults_of(error, HERE)
    assert {frame.function for frame in fault.own} == {"_await_failure", "fail", "test_frames_of_libraries_are_told_apart"}
    assert any(frame.file.endswith("asyncio/runners.py") for frame in fault.foreign)


async def _await_failure() -> None:
    fail()


def test_an_exception_of_libraries_alone_shows_its_innermost_frame(tmp_path: Path) -> None:
    (fault,) = faults_of(_caught(fail), tmp_path)
    assert [frame.function for frame in fault.own] == ["fail"]


def test_an_exception_during_another_and_a_group_are_followed() -> None:
    def during() -> None:
        try:
            fail("first")
        except LookupError:
            raise KeyError("second")  # noqa: B904

    group = ExceptionGroup("several", [_caught(during), ValueError("third")])
    assert [(fault.relation, fault.message) for fault in faults_of(group, HERE)] == [
        ("", "several (2 sub-exceptions)"),
        ("in the group", "'second'"),
        ("in the group", "third"),
        ("raised while this was handled", "first"),
    ]


def _caught(function: Any) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011  any will do
        function()
    return raised.value


def test_a_chain_that_bites_its_tail_ends() -> None:
    error = LookupError("a")
    error.__cause__ = RuntimeError("b")
    error.__cause__.__cause__ = error
    assert len(faults_of(error, HERE)) == 2


def test_a_syntax_error_shows_the_file_that_has_it(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("a = 1\nb = (\n", encoding="utf-8")
    (fault,) = faults_of(_caught(lambda: compile(source.read_text(), str(source), "exec")), tmp_path)
    assert (fault.own[0].file, fault.own[0].line) == ("wrong.py", 2)


def test_installed_packages_are_not_the_apps_own_wherever_they_are() -> None:
    assert is_own(__file__, HERE)
    assert not is_own(pytest.__file__, Path("/"))
    assert not is_own(error_page.__file__, Path("/"))
    assert not is_own("<string>", HERE)
    assert not is_own(asyncio.__file__, Path(sys.base_prefix))


def test_the_page_escapes_whatever_it_shows() -> None:
    page = render(failing(), ASKED, digest="d<i>gest", title="<u>", root=HERE)
    assert {text for text in ("outer <b>", "/<path>", "<i>", "<u>") if text in page} == set()
    assert "outer &lt;b&gt;\na note" in page
    assert "d&lt;i&gt;gest" in page


SECRETS = ["cookie", "authorization", "proxy-authorization", "x-api-key", "x-csrf-token", "x-payment-signature", "X-Session-Id"]


@pytest.mark.parametrize("name", SECRETS)
def test_headers_that_let_somebody_in_are_masked(name: str) -> None:
    assert "canary" not in masked_value(name, "canary")


@pytest.mark.parametrize("name", ["accept", "host", "user-agent", "content-type", "x-forwarded-for"])
def test_other_headers_are_shown(name: str) -> None:
    assert masked_value(name, "shown") == "shown"


def test_markup_in_an_exception_stays_text() -> None:
    assert "<script>" not in render(ValueError(Markup("<script>")), ASKED, root=HERE)


async def get(app: ASGIApp, *, accept: str = "text/html", path: str = "/") -> httpx2.Response:
    async with Client(app) as client:
        return await client.get(path, headers={"Accept": accept})


def refuse() -> ASGIApp:
    raise LookupError("no such module")


async def test_an_app_that_cannot_be_imported_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    response = await get(Development(refuse))
    assert response.status_code == 500
    assert "The app does not start" in response.text
    assert "no such module" in response.text
    assert response.headers["content-security-policy"] == error_page.POLICY
    assert "no such module" in caplog.text


async def test_who_asks_for_json_gets_the_error_as_json() -> None:
    response = await get(Development(refuse), accept="*/*")
    assert response.json() == {"error": "Something went wrong", "code": "INTERNAL", "details": "LookupError: no such module"}


async def test_an_app_whose_start_fails_is_shown() -> None:
    def life(app: App) -> Any:
        raise LookupError("no database")

    response = await get(Development(lambda: App(settings=Settings(mode="test"), lifespan=life)))
    assert "no database" in response.text


async def test_an_app_without_a_lifespan_is_served() -> None:
    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    assert (await get(Development(lambda: plain))).status_code == 204


async def test_what_escapes_from_the_app_is_shown() -> None:
    async def careless(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise LookupError("in a middleware")
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    assert "in a middleware" in (await get(Development(lambda: careless))).text


MODULE = """
from twofold import App, Settings
app = App(settings=Settings(mode="{mode}", secrets="{secret}", allowed_hosts=({hosts})))

@app.page("/")
def page() -> str:
    raise LookupError("canary")
"""

NAMES = [
    ("", "127.0.0.1", "http://localhost:8000", 500),
    ("", "127.0.0.1", "http://shop.localhost", 500),
    ("", "::1", "http://[::1]:8000", 500),
    ("", "127.0.0.1", "http://rebound.example", 400),
    ("", "0.0.0.0", "http://laptop.example", 500),
    ("'shop.example',", "127.0.0.1", "http://shop.example", 500),
    ("'shop.example',", "127.0.0.1", "http://localhost", 400),
]


@pytest.mark.parametrize(("hosts", "address", "url", "status"), NAMES)
async def test_on_loopback_only_the_names_of_this_machine_count(
    project_of: Any, hosts: str, address: str, url: str, status: int
) -> None:
    name, directory = project_of(mode="development", hosts=hosts)
    response = await _asked(started(name, directory, address), url)
    assert response.status_code == status
    assert ("canary" in response.text) == (status == 500)


async def test_an_app_that_insists_on_production_keeps_its_secrets(project_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    name, directory = project_of(mode="production", hosts="")
    response = await _asked(started(name, directory, "127.0.0.1"), "http://localhost")
    assert response.status_code == 500
    assert "canary" not in response.text
    assert "its errors are not shown" in caplog.text


async def _asked(app: ASGIApp, url: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=url) as client:
        return await client.get("/", headers={"Accept": "text/html"})


@pytest.fixture
def project_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(*, mode: str, hosts: str) -> tuple[str, Path]:
        name = f"module_{tmp_path.name}".replace("-", "_")
        source = MODULE.format(mode=mode, hosts=hosts, secret="jWxT0hVw5uX2c8Yk3rQmN1bZpLs9DfGa")
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return f"{name}:app", tmp_path

    return write
