from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from twofold.cli.access import SHOWN_CHARACTERS, Access
from twofold.cli.logs import FIELDS
from twofold.proxies import TrustedProxies
from twofold.request_ids import current_request_id

PROXIES = TrustedProxies.parse(["10.0.0.0/8"])
OK: tuple[Message, ...] = (
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]},
    {"type": "http.response.body", "body": b"ok"},
)


class Clock:
    """Says that everything takes a quarter of a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


async def ask(
    messages: Sequence[Message] = OK,
    *,
    peer: str = "203.0.113.7",
    headers: Sequence[tuple[bytes, bytes]] = (),
    failure: BaseException | None = None,
    has_query: bool = False,
    is_logged: bool = True,
    **scope: Any,
) -> tuple[list[Message], str]:
    """Send what an app answers, and give what has arrived and the name under which the app saw the request."""
    names: list[str] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        names.append(current_request_id.get())
        for message in messages:
            await send(message)
        if failure is not None:
            raise failure

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    access = Access(app, PROXIES, is_logged=is_logged, has_query=has_query, clock=Clock())
    await access(
        {
            "type": "http", "method": "GET", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"token=secret",
            "headers": headers, "client": (peer, 4000), "scheme": "http", **scope,
        },
        receive,
        send,
    )  # fmt: skip
    return sent, names[0]


@pytest.fixture(autouse=True)
def _is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="twofold.access")


def fields_of(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    (record,) = caplog.records
    fields: dict[str, Any] = getattr(record, FIELDS)
    return fields


async def test_a_request_has_one_line(caplog: pytest.LogCaptureFixture) -> None:
    await ask()
    assert caplog.messages == ["203.0.113.7 GET /a%20b 200 250.0 ms"]
    assert fields_of(caplog) == {
        "method": "GET", "path": "/a%20b", "status": 200, "duration_ms": 250.0, "client": "203.0.113.7",
    }  # fmt: skip


async def test_the_query_is_nobodys_business_until_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    await ask(has_query=True)
    assert fields_of(caplog)["path"] == "/a%20b?token=secret"


async def test_the_name_is_told_to_the_app_and_to_the_client() -> None:
    sent, name = await ask()
    assert sent[0]["headers"] == [(b"content-length", b"2"), (b"x-request-id", name.encode())]


async def test_a_name_that_the_app_sends_is_replaced_so_that_the_log_has_the_same() -> None:
    messages = ({"type": "http.response.start", "status": 200, "headers": [(b"X-Request-ID", b"other")]}, OK[1])
    sent, name = await ask(messages)
    assert sent[0]["headers"] == [(b"x-request-id", name.encode())]


@pytest.mark.parametrize(("peer", "is_believed"), [("10.1.2.3", True), ("203.0.113.7", False)])
async def test_a_name_is_believed_of_trusted_proxies_only(peer: str, is_believed: bool) -> None:
    _, name = await ask(peer=peer, headers=[(b"x-request-id", b"from-outside")])
    assert (name == "from-outside") is is_believed


async def test_the_client_is_who_a_trusted_proxy_says(caplog: pytest.LogCaptureFixture) -> None:
    await ask(peer="10.1.2.3", headers=[(b"x-forwarded-for", b"198.51.100.9")])
    assert fields_of(caplog)["client"] == "198.51.100.9"


async def test_health_checks_are_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await ask(path="/healthz")
    await ask(path="/readyz")
    assert caplog.messages == []


async def test_the_log_can_be_turned_off(caplog: pytest.LogCaptureFixture) -> None:
    _, name = await ask(is_logged=False)
    assert caplog.messages == []
    assert name


async def test_a_failure_outside_of_the_app_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LookupError):
        await ask((), failure=LookupError())
    assert fields_of(caplog)["status"] == 500


async def test_a_client_that_left_before_the_answer_is_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    await ask(())
    assert fields_of(caplog)["status"] == 499


async def test_bytes_that_are_no_text_are_escaped(caplog: pytest.LogCaptureFixture) -> None:
    await ask(raw_path=b"/\xff\n", path="/\udcff\n")
    assert fields_of(caplog)["path"] == "/\\xff\n"  # the formats take care of the line end


async def test_a_path_without_end_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    await ask(raw_path=b"/" + b"a" * 60_000)
    assert len(fields_of(caplog)["path"]) == SHOWN_CHARACTERS + 3


WEBSOCKETS = [
    ("accepted", [{"type": "websocket.accept"}, {"type": "websocket.close"}], 101),
    ("refused", [{"type": "websocket.close"}], 403),
    ("refused with an answer", [{"type": "websocket.http.response.start", "status": 401, "headers": []}], 401),
]


@pytest.mark.parametrize(("messages", "status"), [pytest.param(*row[1:], id=row[0]) for row in WEBSOCKETS])
async def test_a_websocket_has_one_line_too(messages: list[Message], status: int, caplog: pytest.LogCaptureFixture) -> None:
    await ask(messages, type="websocket", method="")
    assert fields_of(caplog)["status"] == status
