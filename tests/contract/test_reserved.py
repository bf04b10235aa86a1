"""The framework's own paths: no page, no route and no mount takes their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.responses import PlainTextResponse

from support.app_packages import app_package
from support.asgi import SAME_ORIGIN, exchange, get, post, socket
from twofold import App, ConfigurationError, Settings, WebSocket, action
from twofold.browser import CORE_URL

LISTENING = {**SAME_ORIGIN, "accept": "text/event-stream"}
OWN = {"origin": "https://shop.example"}
SETTINGS = Settings(mode="production", secrets="jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga")


@action(export=True)
async def double(number: int) -> int:
    return 2 * number


def with_a_page() -> App:
    app = App(settings=SETTINGS)

    @app.page("/{rest...?}")
    async def anything(rest: tuple[str, ...] = ()) -> Markup:
        return Markup("<p>anything</p>")

    return app


def with_a_route() -> App:
    app = App(settings=SETTINGS)

    @app.get("/{rest...?}")
    async def anything(rest: tuple[str, ...] = ()) -> str:
        return "anything"

    return app


def with_a_route_of_two_parameters() -> App:
    app = App(settings=SETTINGS)

    @app.get("/{first}/{rest...}")
    async def anything(first: str, rest: tuple[str, ...]) -> str:
        return "anything"

    return app


def with_a_mount() -> App:
    app = App(settings=SETTINGS)
    app.mount("/", PlainTextResponse("anything"))
    return app


def with_an_app_mounted() -> App:
    app = App(settings=SETTINGS)
    app.mount("/", with_a_route())
    return app


takers = pytest.mark.parametrize(
    "make", [with_a_page, with_a_route, with_a_route_of_two_parameters, with_a_mount, with_an_app_mounted]
)


@takers
async def test_what_takes_every_path_does_not_take_the_framework_s(make: Callable[[], App]) -> None:
    app = make()
    assert "anything" in (await get(app, "/any/thing")).text
    assert (await get(app, CORE_URL)).headers["content-type"].startswith("text/javascript")
    for path in ("/_twofold/call", "/_twofold/nothing"):
        assert "anything" not in (await get(app, path)).text
    assert (await post(app, "/_twofold/call?/nobody.knows")).status_code in (403, 404)


@takers
async def test_an_action_is_called_and_pages_are_live_behind_what_takes_every_path(make: Callable[[], App]) -> None:
    app = make()
    headers = {**SAME_ORIGIN, "twofold-call": "k" * 22}
    answer = await post(app, f"/_twofold/call?/{double.id}", json={"number": 4}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"data": 8})
    live = await exchange(app, "HEAD", "/_twofold/live", LISTENING)
    assert (live.status, live.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")


@takers
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize(
    "path", ["/_twofold/", "/_twofold/nothing", "/_twofold/runtime/another-build/core.js", "/_twofold//call"]
)
async def test_what_is_not_there_is_nobody_s(make: Callable[[], App], method: str, path: str) -> None:
    answer = await exchange(make(), method, path, SAME_ORIGIN)
    assert answer.status == 404
    assert b"anything" not in answer.body


@takers
@pytest.mark.parametrize("path", ["/_twofoldx/call", "/_twofold.js", "/x/_twofold/call", "/_TWOFOLD/call"])
async def test_a_path_that_only_looks_like_them_is_the_app_s(make: Callable[[], App], path: str) -> None:
    if make is with_a_route_of_two_parameters and path.count("/") < 2:
        path += "/more"
    assert b"anything" in (await exchange(make(), "GET", path)).body


async def test_a_socket_that_takes_every_path_does_not_take_them() -> None:
    app = App(settings=SETTINGS)

    @app.websocket("/{rest...}")
    async def anything(socket: WebSocket, rest: tuple[str, ...]) -> None:
        await socket.accept()

    async with socket(app, "/any/thing", OWN) as conversation:
        assert (await conversation.take())["type"] == "websocket.accept"
    for path in ("/_twofold/call", "/_twofold/live", "/_twofold/nothing"):
        async with socket(app, path, OWN) as conversation:
            assert (await conversation.take())["type"] == "websocket.close"
            await conversation.end()


@pytest.mark.parametrize("register", ["page", "get", "post", "websocket"])
@pytest.mark.parametrize("pattern", ["/_twofold", "/_twofold/call", "/_twofold/{name}"])
def test_a_route_among_them_is_refused(register: str, pattern: str) -> None:
    app = App(settings=SETTINGS)

    async def ours(name: str = "") -> None: ...

    with pytest.raises(ConfigurationError, match="/_twofold is the framework's; choose another prefix") as refusal:
        getattr(app, register)(pattern)(ours)
    assert f"{__file__}:{ours.__code__.co_firstlineno}" in str(refusal.value)


@pytest.mark.parametrize("file", ["page.py", "route.py", "below/page.py"])
def test_a_folder_that_is_named_like_them_is_refused(tmp_path: Path, file: str) -> None:
    source = "def GET() -> str: ..." if file == "route.py" else "def page() -> str: ..."
    with app_package(tmp_path) as package:
        package.write({"__init__.py": "", "ours/__init__.py": 'SEGMENT = "_twofold"', f"ours/{file}": source})
        with pytest.raises(ConfigurationError, match="/_twofold is the framework's; choose another prefix") as refusal:
            App(package.name, settings=SETTINGS)
    assert str(package.directory / "ours" / file) in str(refusal.value)
