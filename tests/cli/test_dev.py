from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from cli.programs import Program, eventually, get
from twofold.testing import Client

BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def development(shared_project: Path) -> Iterator[Program]:
    with Program(shared_project, "dev", "--port", "0") as program:
        yield program


def test_dev_says_where_it_serves_and_serves(development: Program) -> None:
    assert get(f"{development.url}/account").status_code == 200
    assert f"Twofold serves main:app on {development.url} (stop it with Ctrl-C)" in development.log
    assert development.url.startswith("http://127.0.0.1:")


def test_an_unexpected_exception_is_shown_with_source_request_and_digest(development: Program) -> None:
    headers = {**BROWSER, "Cookie": "canary=1", "Authorization": "Bearer canary", "X-Kept": "kept"}
    response = get(f"{development.url}/broken?token=none", headers=headers)
    assert response.status_code == 500
    assert "no page for &lt;none&gt;" in response.text
    assert "main.py" in response.text
    assert "raise LookupError(f&#34;no page for &lt;{token}&gt;&#34;)" in response.text
    assert "GET /broken?token=none" in response.text
    assert "kept" in response.text
    assert "canary" not in response.text
    digest = re.search(r"Digest <code>([0-9a-f]{16})</code>", response.text)
    assert digest is not None
    assert f"digest {digest[1]}" in development.log


def test_the_error_page_needs_nothing_but_its_own_style(development: Program) -> None:
    response = get(f"{development.url}/broken", headers=BROWSER)
    policies = response.headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"<script|<link|<img|src=|@import|url\(| style=", response.text)


def test_other_pages_keep_the_policy_of_production(development: Program) -> None:
    assert "'sha256-" not in get(f"{development.url}/account").headers["content-security-policy"]


async def test_an_action_that_fails_is_shown_too(development: Program) -> None:
    async with Client(development.url) as client:
        page = await client.page("/broken-form")
        page = await client.submit(page.form("fail"))
    assert page.status == 500
    assert "canary-in-an-action" in page.text


async def test_a_route_handler_that_fails_answers_json_with_details(development: Program) -> None:
    async with Client(development.url) as client:
        response = await client.post("/api/reservations", json={"sku": "broken", "quantity": 1, "price": "1"})
    assert response.json()["details"] == "RuntimeError: canary-in-a-handler"


def test_a_name_that_somebody_points_at_this_machine_learns_nothing(development: Program) -> None:
    response = get(f"{development.url}/broken", headers={**BROWSER, "Host": "rebound.example"})
    assert response.status_code == 400
    assert "main.py" not in response.text


async def test_a_changed_file_is_served_without_a_restart_and_mistakes_are_shown(project: Path) -> None:
    source = project / "main.py"
    good = source.read_text(encoding="utf-8")
    with Program(project, "dev", "--port", "0") as program:
        async with httpx2.AsyncClient(base_url=program.url, headers=BROWSER, trust_env=False) as client:

            async def shown(path: str = "/products/a") -> str:
                try:
                    return (await client.get(path)).text
                except httpx2.TransportError:
                    return ""  # the connection was kept open to the worker that the reload has ended; a browser asks again

            async def shows(text: str) -> None:
                while text not in await shown():  # noqa: ASYNC110  the change is another process's
                    await asyncio.sleep(0.02)

            async with asyncio.timeout(20):
                await shows("10 left of a")
                async with client.stream("GET", "/api/ticks") as stream:
                    source.write_text(good.replace("left of", "units of"), encoding="utf-8")
                    # An event stream that nobody leaves must not hold the reload up.
                    events = [chunk async for chunk in stream.aiter_text()]
                assert events == ["data: first\n\n"]
                await shows("10 units of a")
                source.write_text(good + "\ndef broken(:\n", encoding="utf-8")
                await shows("The app does not start")
                await shows("SyntaxError")
                await shows("def broken(:")
                source.write_text(good, encoding="utf-8")
                await shows("10 left of a")


def test_another_address_than_loopback_comes_with_a_warning(project: Path) -> None:
    with Program(project, "dev", "--port", "0", "--host", "0.0.0.0") as program:
        eventually(lambda: "0.0.0.0 is reachable from other machines" in program.log, "the warning")
