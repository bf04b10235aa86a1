"""One error contract: what a caller is told of a failure, in which representation, and what never leaves the process."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Annotated, Any

import pytest
from markupsafe import Markup

from support.action_app import target, token
from support.asgi import SAME_ORIGIN, Answer, exchange, reading, visitor
from twofold import (
    App,
    AuthRequired,
    BadRequest,
    CallNext,
    Conflict,
    ContractError,
    Depends,
    Failure,
    Forbidden,
    Internal,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    RateLimited,
    Request,
    Response,
    Settings,
    Stale,
    StoreUnavailable,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
    action,
    after,
    redirect,
    use,
)

SECRET = "jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"
JSON = {"accept": "application/json"}
PROBLEM = {"accept": "application/problem+json"}
HTML = {"accept": "text/html"}
MODES = pytest.mark.parametrize("mode", ["test", "production"])


# The tree on the wire


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409, message="Sold out"):
    available: int
    skus: list[str]


KNOWN: list[tuple[Failure, int, str]] = [
    (BadRequest(), 400, "BAD_REQUEST"),
    (AuthRequired(), 401, "AUTH"),
    (Forbidden(), 403, "FORBIDDEN"),
    (NotFound(), 404, "NOT_FOUND"),
    (MethodNotAllowed(), 405, "METHOD_NOT_ALLOWED"),
    (Conflict(), 409, "CONFLICT"),
    (ContractError(), 409, "CONFLICT"),
    (Stale(), 410, "STALE"),
    (TooLarge(), 413, "TOO_LARGE"),
    (UnsupportedMediaType(), 415, "UNSUPPORTED_MEDIA_TYPE"),
    (ValidationFailed(fields={"a.0.b": ["x", "y"]}), 422, "VALIDATION"),
    (RateLimited(retry_after=7), 429, "RATE_LIMITED"),
    (Internal(), 500, "INTERNAL"),
    (NotImplementedHere(), 501, "NOT_IMPLEMENTED"),
    (Unavailable(), 503, "UNAVAILABLE"),
    (OutOfStock("Only 3", available=3, skus=["a"]), 409, "OUT_OF_STOCK"),
    (Conflict("Ünïcode <b>&\r\n", details="canary"), 409, "CONFLICT"),
]

by_index = App(settings=Settings(mode="test"))


@by_index.get("/known/{index}")
async def raise_known(index: int) -> None:
    raise KNOWN[index][0]


@by_index.page("/page/{index}")
async def page_of_known(index: int) -> str:
    raise KNOWN[index][0]


@pytest.mark.parametrize("index", range(len(KNOWN)), ids=[type(failure).__name__ for failure, _, _ in KNOWN])
async def test_failure_has_one_wire_shape(index: int) -> None:
    failure, status, code = KNOWN[index]
    of_handler = await exchange(by_index, "GET", f"/known/{index}", JSON)
    expected: dict[str, Any] = {"error": failure.message, "code": code}
    if failure.fields:
        expected["fields"] = {"a.0.b": ["x", "y"]}
    if failure.retry_after:
        expected["retryAfter"] = 7
    if failure.data:
        expected["data"] = {"available": 3, "skus": ["a"]}
    assert (of_handler.status, of_handler.json) == (status, expected)
    assert of_handler.headers["cache-control"] == "no-store"
    assert of_handler.headers["content-type"] == "application/json"
    of_page = await exchange(by_index, "GET", f"/page/{index}", JSON)
    assert of_page == of_handler


@pytest.mark.parametrize("index", range(len(KNOWN)), ids=[type(failure).__name__ for failure, _, _ in KNOWN])
async def test_problem_details_say_the_same(index: int) -> None:
    failure, status, _ = KNOWN[index]
    of_handler = await exchange(by_index, "GET", f"/known/{index}", PROBLEM)
    shape = (await exchange(by_index, "GET", f"/known/{index}", JSON)).json
    members = {name: value for name, value in shape.items() if name != "error"}
    assert of_handler.json == {"type": "about:blank", "title": failure.message, "status": status, **members}
    assert (of_handler.status, of_handler.headers["content-type"]) == (status, "application/problem+json")
    assert await exchange(by_index, "GET", f"/page/{index}", PROBLEM) == of_handler


@pytest.mark.parametrize("index", range(len(KNOWN)), ids=[type(failure).__name__ for failure, _, _ in KNOWN])
async def test_page_tells_a_failure_as_html(index: int) -> None:
    failure, status, _ = KNOWN[index]
    answer = await exchange(by_index, "GET", f"/page/{index}", HTML)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert str(Markup("<h1>{}</h1>").format(failure.message)) in answer.body.decode()
    assert b"canary" not in answer.body


@pytest.mark.parametrize(
    ("accept", "by_handler", "by_page"),
    [
        (None, "application/json", "text/html; charset=utf-8"),
        ("*/*", "application/json", "text/html; charset=utf-8"),
        ("text/html,*/*;q=0.8", "application/json", "text/html; charset=utf-8"),
        ("application/json", "application/json", "application/json"),
        ("application/json;q=0.3, application/problem+json;q=0.7", "application/problem+json", "application/problem+json"),
        ("application/problem+json;q=0.3, application/json;q=0.7", "application/json", "application/json"),
        ("application/problem+json;q=0", "application/json", "text/html; charset=utf-8"),
        ("text/html;q=0.2, application/problem+json;q=0.3", "application/problem+json", "application/problem+json"),
        ("garbage;;q=x", "application/json", "text/html; charset=utf-8"),
    ],
)
async def test_representation_is_what_the_client_likes_best(accept: str | None, by_handler: str, by_page: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    assert (await exchange(by_index, "GET", "/known/3", headers)).headers["content-type"] == by_handler
    assert (await exchange(by_index, "GET", "/page/3", headers)).headers["content-type"] == by_page


@pytest.mark.parametrize(
    ("headers", "media"),
    [
        ({}, "application/json"),
        ({"accept": "*/*"}, "application/json"),
        (PROBLEM, "application/problem+json"),
        ({"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, "text/html; charset=utf-8"),
    ],
)
async def test_path_without_a_route_is_a_page_to_browsers_only(headers: dict[str, str], media: str) -> None:
    answer = await exchange(by_index, "GET", "/absent", headers)
    assert (answer.status, answer.headers["content-type"]) == (404, media)


# Canaries

CANARY = "canary"
fault: Callable[[], BaseException] = ValueError


def chained() -> BaseException:
    try:
        try:
            {}["canary-key"]
        except KeyError as cause:
            raise LookupError("canary-cause") from cause
    except LookupError as error:
        error.add_note("canary-note")
        return error


class Talkative(Exception):
    """An exception that says everything."""

    def __str__(self) -> str:
        return "canary-str"

    def __repr__(self) -> str:
        return "canary-repr"


class Unprintable(Exception):
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("canary-str")


FAULTS: dict[str, Callable[[], BaseException]] = {
    "text": lambda: ValueError("canary-text"),
    "cause": chained,
    "talkative": Talkative,
    "unprintable": Unprintable,
    "group": lambda: ExceptionGroup("canary-group", [ValueError("canary-a"), KeyError("canary-b")]),
    "os": lambda: FileNotFoundError(2, "canary-message", "/canary/path"),
    "unicode": lambda: UnicodeDecodeError("utf-8", b"canary", 0, 1, "canary-reason"),
    "details": lambda: Conflict("Told", details="canary-details"),
    "store": lambda: StoreUnavailable("canary-host:6379"),
    "group of told": lambda: ExceptionGroup("canary-group", [Conflict("Told", details="canary-details")]),
}


def fail() -> None:
    secret = "canary-local"  # noqa: F841
    raise fault()


def in_thread(n: int = 0) -> str:
    fail()
    return ""


async def failing_dependency() -> AsyncIterator[int]:
    fail()
    yield 1


async def failing_cleanup() -> AsyncIterator[int]:
    yield 1
    fail()


async def failing_middleware(request: Request, call_next: CallNext) -> Response:
    await call_next(request)
    fail()
    return Response()


@action(export=True)
async def failing_action(text: str) -> int:
    fail()
    return 1


@action(export=True)
def failing_sync_action(text: str) -> int:
    fail()
    return 1


def form_of(acting: Any) -> Markup:
    form = acting.form()
    return Markup("<form {}>{}<input {}>{}</form>").format(
        form.attrs, form.hidden, form.field("text").attrs, form.error.message if form.error else ""
    )


def add_routes(app: App) -> None:
    @app.get("/handler")
    @app.page("/page")
    async def anywhere() -> str:
        fail()
        return ""

    app.get("/sync-handler")(in_thread)
    app.page("/sync-page")(in_thread)

    @app.get("/grouped")
    async def grouped() -> str:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(fail))
        return ""

    @app.get("/dependency")
    async def dependency(n: Annotated[int, Depends(failing_dependency)]) -> str:
        return ""

    @app.get("/cleanup")
    async def cleanup(n: Annotated[int, Depends(failing_cleanup)]) -> str:
        return ""

    @app.get("/middleware")
    @use(failing_middleware)
    async def behind() -> str:
        return ""

    @app.page("/form")
    async def form() -> Markup:
        return form_of(failing_action) + form_of(failing_sync_action)


@cache
def failing_everywhere(mode: Any, *parts: str) -> App:
    """An app with failing routes, and with what else is named: a layout, error pages, middleware."""
    app = App(settings=Settings(mode=mode, secrets=SECRET), middleware=[failing_middleware] if "middleware" in parts else [])
    add_routes(app)
    if "layout" in parts:

        @app.layout
        async def layout(children: Markup) -> Markup:
            fail()
            return children

    if "error" in parts:

        @app.error
        async def error(error: Failure) -> str:
            fail()
            return ""

        @app.not_found
        async def not_found() -> str:
            fail()
            return ""

    return app


TARGETS = ["/handler", "/page", "/sync-handler", "/sync-page", "/grouped", "/dependency", "/cleanup", "/middleware", "/absent"]
PARTS = [(), ("layout",), ("error",), ("layout", "error"), ("middleware",), ("middleware", "error")]


def is_clean(answer: Answer) -> bool:
    written = answer.body + b"".join(name + value for name, value in answer.raw_headers)
    return not any(word in written.lower() for word in (b"canary", b"traceback", b"valueerror", b"/test_failures.py"))


def digests(text: str) -> set[str]:
    return set(re.findall(r"digest ([0-9a-f]{16})", text))


@pytest.fixture(params=FAULTS)
def _fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "fault", FAULTS[request.param])


@MODES
@pytest.mark.parametrize("parts", PARTS, ids=str)
@pytest.mark.usefixtures("_fault")
async def test_nothing_internal_leaves(mode: str, parts: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> None:
    app = failing_everywhere(mode, *parts)
    for path in TARGETS:
        for accept in (JSON, PROBLEM, HTML):
            caplog.clear()
            answer = await exchange(app, "GET", path, accept)
            assert answer.status in (404, 409, 500, 503), path
            assert is_clean(answer), path
            told = set(re.findall(rb"[0-9a-f]{16}", answer.body))
            assert {one.decode() for one in told} <= digests(caplog.text), path
            assert bool(told) == (answer.status >= 500), path


@MODES
@pytest.mark.usefixtures("_fault")
async def test_nothing_internal_leaves_an_action(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    app = failing_everywhere(mode)
    async with visitor(app, headers=SAME_ORIGIN) as http:
        page = (await http.get("/form")).text
        for index in (0, 1):
            form = {"_tf": token(page, index), "text": "x"}
            answers = [
                await http.post(f"/form{target(page, index)}", data=form, headers=accept) for accept in (HTML, JSON, PROBLEM)
            ]
            call = {"twofold-call": f"{index}-aaaaaaaaaaaaaaaaaaaa"}
            answers.append(await http.post(f"/_twofold/call{target(page, index)}", json={"text": "x"}, headers=call))
            for response in answers:
                answer = Answer(response.status_code, tuple(response.headers.raw), response.content)
                assert answer.status in (409, 500, 503)
                assert is_clean(answer)
                if "json" in response.headers["content-type"] and answer.status >= 500:
                    assert response.json()["digest"] in digests(caplog.text)


@MODES
async def test_digest_in_the_answer_is_the_one_in_the_log(mode: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = await exchange(failing_everywhere(mode), "GET", "/handler", JSON)
    assert digests(caplog.text) == {answer.json["digest"]}
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError
    shown = await exchange(failing_everywhere(mode), "GET", "/page", HTML)
    assert str(caplog.records[-1].args[-1]).encode() in shown.body  # type: ignore[index]


async def test_log_does_not_take_line_breaks_from_a_path(caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=Settings(mode="test"))

    @app.get("/{text}")
    async def failing(text: str) -> str:
        raise ValueError

    await exchange(app, "GET", "/a%0Ab" + "c" * 500)
    await exchange(app, "GET", "/" + "c" * 500)
    assert all("\n" not in record.getMessage() and len(record.getMessage()) < 300 for record in caplog.records)


async def test_details_are_for_development_only() -> None:
    async def told(mode: Any, accept: dict[str, str], raised: BaseException) -> Any:
        app = App(settings=Settings(mode=mode, secrets=SECRET))

        async def handler() -> None:
            raise raised

        app.get("/")(handler)
        return (await exchange(app, "GET", "/", accept)).json

    assert (await told("development", JSON, ValueError("canary")))["details"] == "ValueError: canary"
    assert (await told("development", PROBLEM, ValueError("canary")))["detail"] == "ValueError: canary"
    assert (await told("development", JSON, Conflict(details="reason")))["details"] == "reason"
    for mode in ("test", "production"):
        for accept in (JSON, PROBLEM):
            for raised in (ValueError("canary"), Conflict(details="canary")):
                assert "canary" not in str(await told(mode, accept, raised))


# Streams


@pytest.mark.parametrize("mode", ["test", "production"])
async def test_failing_stream_is_cut_and_says_nothing(mode: Any) -> None:
    app = App(settings=Settings(mode=mode, secrets=SECRET))

    @app.get("/")
    async def stream() -> AsyncIterator[str]:
        yield "first"
        raise ValueError("canary")

    async with reading(app, "/") as conversation:
        start = await conversation.take()
        first = await conversation.take()
        assert (start["status"], first["body"], first["more_body"]) == (200, b"first", True)
        with pytest.raises(ValueError, match="canary"):
            await conversation.take()


# Stores


async def test_store_that_cannot_answer_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=Settings(mode="test"))

    @app.get("/handler")
    @app.page("/page")
    async def reading_store() -> str:
        raise StoreUnavailable("canary-host")

    for path, accept in (("/handler", JSON), ("/page", JSON), ("/handler", PROBLEM)):
        answer = await exchange(app, "GET", path, accept)
        assert (answer.status, answer.json["code"]) == (503, "UNAVAILABLE")
        assert answer.json["digest"] in digests(caplog.text)
    assert (await exchange(app, "GET", "/page", HTML)).status == 503


# Control flow

flow = App(settings=Settings(mode="test"))


def raise_flow(name: str) -> None:
    if name == "not-found":
        raise NotFound
    raise redirect("/elsewhere")


async def swallowed(name: str) -> None:
    try:
        raise_flow(name)
    except Exception:  # noqa: BLE001
        return


async def in_group(name: str) -> None:
    async def sibling() -> None:
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(sibling())
        group.create_task(swallowed(name))


async def in_nested_group(name: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(in_group(name))


async def in_group_with_a_failure(name: str) -> None:
    async def failing() -> None:
        raise ValueError("canary")

    async with asyncio.TaskGroup() as group:
        group.create_task(failing())
        group.create_task(swallowed(name))


WAYS = {"swallowed": swallowed, "group": in_group, "nested": in_nested_group, "with failure": in_group_with_a_failure}


async def flowing(name: str, way: str) -> str:
    await WAYS[way](name)
    return "swallowed"


async def flowing_dependency(name: str, way: str) -> str:
    return await flowing(name, way)


def flowing_in_thread(name: str) -> str:
    try:
        raise_flow(name)
    except Exception:  # noqa: BLE001
        return "swallowed"
    return ""


async def flowing_middleware(request: Request, call_next: CallNext) -> Response:
    await WAYS[request.query_params["way"]](request.query_params["name"])
    return await call_next(request)


flow.get("/handler")(flowing)
flow.page("/page")(flowing)
flow.get("/sync")(flowing_in_thread)
flow.page("/sync-page")(flowing_in_thread)


@flow.get("/dependency")
async def with_dependency(x: Annotated[str, Depends(flowing_dependency)]) -> str:
    return x


@flow.get("/middleware")
@use(flowing_middleware)
async def behind_middleware() -> str:
    return "reached"


@action(export=True)
async def flowing_action(name: str, way: str) -> str:
    return await flowing(name, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "status"), [("not-found", 404), ("redirect", 303)])
@pytest.mark.parametrize("path", ["/handler", "/page", "/dependency", "/middleware"])
async def test_control_flow_is_not_swallowed(path: str, name: str, status: int, way: str) -> None:
    answer = await exchange(flow, "GET", f"{path}?name={name}&way={way.replace(' ', '%20')}", JSON)
    assert answer.status == status
    assert answer.headers.get("location") == ("/elsewhere" if status == 303 else None)


@pytest.mark.parametrize(("name", "status"), [("not-found", 404), ("redirect", 303)])
@pytest.mark.parametrize("path", ["/sync", "/sync-page"])
async def test_control_flow_comes_out_of_threads(path: str, name: str, status: int) -> None:
    assert (await exchange(flow, "GET", f"{path}?name={name}")).status == status


@pytest.mark.parametrize("way", WAYS)
async def test_control_flow_comes_out_of_actions(way: str) -> None:
    async with visitor(flow, headers=SAME_ORIGIN) as http:
        for name, expected in (("not-found", (404, None)), ("redirect", (200, "/elsewhere"))):
            key = f"{name}-{way}-aaaaaaaaaaaaaaaa".replace(" ", "-")
            response = await http.post(
                f"/_twofold/call?/{flowing_action.id}", json={"name": name, "way": way}, headers={"twofold-call": key}
            )
            assert (response.status_code, response.json().get("redirect")) == expected


async def test_cancellation_is_not_an_answer() -> None:
    app = App(settings=Settings(mode="test"))
    entered, ended = asyncio.Event(), asyncio.Event()

    @app.get("/")
    async def waiting() -> str:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    task = asyncio.ensure_future(exchange(app, "GET", "/"))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


# After the answer

trace: list[str] = []


async def test_failure_of_what_runs_after_the_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = App(settings=Settings(mode="test"))
    trace.clear()

    def failing(how: str) -> None:
        trace.append(how)
        raise {"error": ValueError("canary"), "not-found": NotFound(), "redirect": redirect("/x")}[how]

    @app.get("/")
    async def handler() -> str:
        for how in ("error", "not-found", "redirect"):
            after(failing, how)
        after(trace.append, "last")
        return "done"

    answer = await exchange(app, "GET", "/")
    assert (answer.status, answer.json, trace) == (200, "done", ["error", "not-found", "redirect", "last"])
    assert caplog.text.count("failing) failed") == 3
