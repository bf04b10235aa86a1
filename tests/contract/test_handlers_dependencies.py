"""Dependencies: made once per request, closed before the answer leaves, told of every failure."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from markupsafe import Markup
from pydantic import BaseModel, computed_field

from support.asgi import exchange, get
from twofold import App, ContractError, Depends, Forbidden, Header, NotFound, Request, Settings, cached, redirect, revalidate_tag

app = App(settings=Settings(mode="test"))
trace: list[str] = []


class Recording:
    """ASGI middleware that writes down when an answer leaves."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def recorded(message: Any) -> None:
            if message["type"] == "http.response.start":
                trace.append(f"sent {message['status']}")
            await send(message)

        await self.inner(scope, receive, recorded)


app.wrap(Recording)


@pytest.fixture(autouse=True)
def _empty_trace() -> None:
    trace.clear()


@dataclass
class Session:
    """A stand-in for a database session."""

    name: str = "session"
    is_open: bool = True
    rows: list[int] = field(default_factory=list)


async def session() -> AsyncIterator[Session]:
    opened = Session()
    trace.append("open")
    try:
        yield opened
    except BaseException as error:
        trace.append(f"rollback {type(error).__name__}")
        raise
    else:
        trace.append("commit")
    finally:
        opened.is_open = False


def in_line() -> Iterator[str]:
    trace.append("open in line")
    try:
        yield "in line"
    finally:
        trace.append("close in line")


Db = Annotated[Session, Depends(session)]


async def user(db: Db, authorization: Annotated[str, Header()]) -> str:
    trace.append("user")
    if authorization != "ok":
        raise Forbidden
    return f"user of {db.name}"


def thread_name(db: Db) -> str:
    trace.append("thread")
    return threading.current_thread().name


def by_path(sku: str, n: int = 1) -> str:
    return f"{sku} x{n}"


async def whole(request: Request) -> str:
    return request.url.path


@app.get("/nested/{sku}")
async def nested(
    who: Annotated[str, Depends(user)],
    thread: Annotated[str, Depends(thread_name)],
    text: Annotated[str, Depends(by_path)],
    line: Annotated[str, Depends(in_line)],
    path: Annotated[str, Depends(whole)],
    db: Db,
) -> list[str]:
    trace.append(f"handler {db.is_open}")
    return [who, thread.partition("_")[0], text, line, path]


async def test_dependencies_have_parameters_of_their_own_and_run_once() -> None:
    answer = await exchange(app, "GET", "/nested/A-1?n=2", {"authorization": "ok"})
    assert answer.json == ["user of session", "twofold", "A-1 x2", "in line", "/nested/A-1"]
    assert trace == ["open", "user", "thread", "open in line", "handler True", "close in line", "commit", "sent 200"]


async def test_dependency_that_refuses_ends_the_call() -> None:
    answer = await exchange(app, "GET", "/nested/A-1", {"authorization": "no"})
    assert (answer.status, trace) == (403, ["open", "user", "rollback Forbidden", "sent 403"])


async def test_parameter_of_a_dependency_that_does_not_fit_is_named() -> None:
    answer = await exchange(app, "GET", "/nested/A-1?n=x", {})
    assert (answer.status, answer.json["fields"]) == (422, {"authorization": ["Required"]})
    assert trace[-1] == "sent 422"


class Declared(ContractError, code="DECLARED", status=409):
    """A failure that the caller is told of."""


FAILURES = {
    "ValueError": (ValueError, 500),
    "Declared": (Declared, 409),
    "NotFound": (NotFound, 404),
    "Redirect": (redirect("/elsewhere"), 303),
    "KeyboardInterrupt": (KeyboardInterrupt, None),
}


@app.get("/failing/{name}")
async def failing(name: str, db: Db, line: Annotated[str, Depends(in_line)]) -> str:
    raise FAILURES[name][0]


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (_, status) in FAILURES.items() if status])
async def test_dependency_is_told_how_the_handler_ended(name: str, status: int) -> None:
    answer = await exchange(app, "GET", f"/failing/{name}")
    assert answer.status == status
    assert trace == ["open", "open in line", "close in line", f"rollback {name}", f"sent {status}"]


async def test_interrupt_is_nobodys_answer() -> None:
    with pytest.raises(KeyboardInterrupt):
        await exchange(app, "GET", "/failing/KeyboardInterrupt")
    assert trace == ["open", "open in line", "close in line", "rollback KeyboardInterrupt"]


@app.get("/returned-failure")
async def misfit(db: Db) -> str:
    trace.append("handler")
    return 5  # type: ignore[return-value]


async def test_result_that_does_not_fit_rolls_back() -> None:
    answer = await exchange(app, "GET", "/returned-failure")
    assert (answer.status, trace) == (500, ["open", "handler", "rollback TypeError", "sent 500"])


async def broken_commit() -> AsyncIterator[int]:
    yield 1
    raise RuntimeError("canary: commit failed")


@app.post("/broken-commit")
async def on_broken_commit(n: Annotated[int, Depends(broken_commit)], db: Db) -> str:
    return "stored"


async def test_commit_that_fails_is_the_answer() -> None:
    answer = await exchange(app, "POST", "/broken-commit")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert b"canary" not in answer.body
    assert b"stored" not in answer.body


async def swallowing() -> AsyncIterator[int]:
    try:
        yield 1
    except Exception:  # noqa: BLE001
        trace.append("swallowed")


def swallowing_in_line() -> Iterator[int]:
    try:
        yield 1
    except ValueError:
        trace.append("swallowed in line")


@app.get("/swallowed")
async def swallowed(a: Annotated[int, Depends(swallowing)], b: Annotated[int, Depends(swallowing_in_line)]) -> str:
    raise ValueError


async def test_dependency_cannot_swallow_a_failure() -> None:
    answer = await exchange(app, "GET", "/swallowed")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert trace == ["swallowed in line", "swallowed", "sent 500"]


async def yields_twice() -> AsyncIterator[int]:
    yield 1
    yield 2


async def yields_never() -> AsyncIterator[int]:
    return
    yield 1


@app.get("/twice")
async def twice(n: Annotated[int, Depends(yields_twice)]) -> int:
    return n


@app.get("/never")
async def never(n: Annotated[int, Depends(yields_never)]) -> int:
    return n


@pytest.mark.parametrize("target", ["/twice", "/never"])
async def test_dependency_that_does_not_yield_once_is_a_fault_of_the_app(target: str) -> None:
    assert (await exchange(app, "GET", target)).status == 500


class Lazy(BaseModel):
    """A result that reads from its session while it is serialized, as mapped rows do."""

    rows: list[int]

    @computed_field
    @property
    def was_open(self) -> bool:
        return "commit" not in trace


@app.get("/lazy")
async def lazy(db: Db) -> Lazy:
    return Lazy(rows=db.rows)


async def test_result_is_serialized_before_dependencies_close() -> None:
    assert (await exchange(app, "GET", "/lazy")).json == {"rows": [], "was_open": True}


# Commit, then invalidate

stored = {"stock": 1}


@cached(tags=["dependencies-stock"])
async def stock() -> int:
    return stored["stock"]


async def late_commit() -> AsyncIterator[None]:
    yield
    # Somebody reads between the handler and the commit, and the cache keeps what is there: the old value.
    await stock()
    stored["stock"] += 1


@app.post("/stock")
async def restock(commit: Annotated[None, Depends(late_commit)]) -> None:
    revalidate_tag("dependencies-stock")


@app.get("/stock")
async def read_stock() -> int:
    return await stock()


async def test_tags_are_revalidated_after_the_commit() -> None:
    stored["stock"] = 1
    assert (await exchange(app, "GET", "/stock")).json == 1
    assert (await exchange(app, "POST", "/stock")).status == 204
    assert (await exchange(app, "GET", "/stock")).json == 2


@app.post("/stock-failing")
async def restock_and_fail() -> None:
    stored["stock"] = 50
    revalidate_tag("dependencies-stock")
    raise Declared


async def test_tags_are_revalidated_also_when_the_handler_fails() -> None:
    stored["stock"] = 1
    await exchange(app, "POST", "/stock")
    await exchange(app, "GET", "/stock")
    assert (await exchange(app, "POST", "/stock-failing")).status == 409
    assert (await exchange(app, "GET", "/stock")).json == 50


# Pages

pages = App(settings=Settings(mode="test"))


async def repository(db: Db) -> Session:
    return db


@pages.layout
async def layout(children: Markup, db: Db, repo: Annotated[Session, Depends(repository)]) -> str:
    return f"layout {db.is_open} {repo.is_open}, {children}"


@pages.page("/")
async def page(db: Db, repo: Annotated[Session, Depends(repository)]) -> str:
    return f"page {db.is_open} {repo.is_open}"


@pages.error
async def error(db: Db, error: BaseException) -> str:
    return f"error {db.is_open}"


@pages.page("/failing")
async def failing_page(db: Db) -> str:
    raise ValueError


async def test_page_and_layout_never_see_a_closed_dependency() -> None:
    assert (await get(pages, "/")).text == "layout True True, page True True"
    assert trace.count("open") == trace.count("commit")


async def test_error_page_never_sees_a_closed_dependency() -> None:
    assert (await get(pages, "/failing")).text == "layout True True, error True"
    assert trace.count("open") == trace.count("commit") + trace.count("rollback ValueError")
