"""The framework's own paths: no page, no route and no mount takes their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from markupsafe import Markup
from starlette.responses import PlainTextResponse

from support.asgi import get, post
from twofold import App, ConfigurationError, Settings
from twofold.browser import CORE_URL

SETTINGS = Settings(mode="production", secrets="jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga")


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


def with_a_mount() -> App:
    app = App(settings=SETTINGS)
    app.mount("/", PlainTextResponse("anything"))
    return app


@pytest.mark.parametrize("make", [with_a_page, with_a_route, with_a_mount])
async def test_what_takes_every_path_does_not_take_the_framework_s(make: Callable[[], App]) -> None:
    app = make()
    assert "anything" in (await get(app, "/any/thing")).text
    assert (await get(app, CORE_URL)).headers["content-type"].startswith("text/javascript")
    for path in ("/_twofold/call", "/_twofold/nothing"):
        assert "anything" not in (await get(app, path)).text
    assert (await post(app, "/_twofold/call?/nobody.knows")).status_code in (403, 404)


@pytest.mark.parametrize("pattern", ["/_twofold", "/_twofold/call", "/_twofold/{name}"])
def test_a_route_among_them_is_refused(pattern: str) -> None:
    app = App(settings=SETTINGS)

    async def ours(name: str = "") -> None: ...

    with pytest.raises(ConfigurationError, match="/_twofold is the framework's; choose another prefix"):
        app.get(pattern)(ours)
