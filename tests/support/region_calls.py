"""Calls as the rendering of regions sees them, without a server around them."""

from __future__ import annotations

from support.action_app import SECRET
from support.asgi import Message, scope_of
from twofold import App, Settings
from twofold.call import Call

NOON = 20_000.5 * 24 * 60 * 60


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def call_of(
    *, secrets: str = SECRET, clock: Time | None = None, pattern: str = "/", session: str | None = None, mode: str = "production"
) -> Call:
    """A call of an app of its own.

    Args:
        session: the name of its visitor; None for a stranger.
    """
    app = App(settings=Settings(mode=mode, secrets=secrets))  # type: ignore[arg-type]
    call = Call(scope_of("GET", "/"), _nothing, app.start(clock=clock or Time()))
    call.pattern = pattern
    if session is not None:
        call.session._identity = session
    return call


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
