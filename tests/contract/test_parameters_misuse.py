"""What a handler, page or dependency cannot ask for is refused where it is registered, with file, line and remedy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.responses import Response

from twofold import (
    App,
    ConfigurationError,
    Cookie,
    Depends,
    Header,
    HmacSha256,
    Reply,
    Request,
    Settings,
    Status,
    UploadFile,
    WebSocket,
    same_origin,
    use,
    verify,
)
from twofold.middleware import CallNext

Refused = tuple[str, str, Callable[..., Any], str, str]


class Model(BaseModel):
    n: int


def plain() -> int:
    return 1


async def guard(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


async def unannotated(x) -> str: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
async def without_result(x: str): ...  # type: ignore[no-untyped-def]  # noqa: ANN201
async def two_bodies(a: Model, b: Model) -> str: ...
async def body_and_raw(a: Model, b: bytes) -> str: ...
async def model(a: Model) -> str: ...
async def raw(a: bytes) -> str: ...
async def upload(a: UploadFile) -> str: ...
async def upload_and_model(a: UploadFile, b: Model) -> str: ...
async def starred(*args: str) -> str: ...
async def named(**kwargs: str) -> str: ...
async def positional(x: str, /) -> str: ...
async def anything(x: Any) -> str: ...
async def an_object(x: object) -> str: ...
async def a_function(x: Callable[[], int]) -> str: ...
async def bad_default(x: int = "a") -> str: ...  # type: ignore[assignment]
async def marked_path(x: Annotated[str, Header()]) -> str: ...
async def marker_class(x: Annotated[str, Header]) -> str: ...
async def depends_class(x: Annotated[int, Depends]) -> str: ...
async def marker_default(x: int = Depends(plain)) -> str: ...  # type: ignore[assignment]
async def header_default(x: str = Header()) -> str: ...  # type: ignore[assignment]
async def two_markers(x: Annotated[str, Header(), Cookie()]) -> str: ...
async def header_name(x: Annotated[str, Header("a: b")]) -> str: ...
async def cookie_name(x: Annotated[str, Cookie("a=b")]) -> str: ...
async def header_model(x: Annotated[Model, Header()]) -> str: ...
async def depends_nothing(x: Annotated[int, Depends(5)]) -> str: ...  # type: ignore[arg-type]
async def takes_socket(x: WebSocket) -> str: ...
async def result_anything() -> Any: ...
async def result_of_class() -> BaseException: ...
async def result_of_two() -> Annotated[str, Status(204)]: ...
async def bare_stream() -> AsyncIterator: ...  # type: ignore[type-arg]
async def unknown_name(x: Nowhere) -> str: ...  # type: ignore[name-defined]  # noqa: F821


async def yields_text() -> str:  # type: ignore[misc]
    yield "x"


def yields_in_line() -> Iterator[str]:
    yield "x"


def bad_dependency(n) -> int: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
async def depends_on_bad(x: Annotated[int, Depends(bad_dependency)]) -> str: ...
async def reads_body(n: Model) -> int: ...
async def depends_on_body(x: Annotated[int, Depends(reads_body)]) -> str: ...


def not_async(socket: WebSocket) -> None: ...
@use(guard)
async def used(socket: WebSocket) -> None: ...
@verify(HmacSha256(header="x-signature", secret="x" * 20))
async def verified(socket: WebSocket) -> None: ...


def layout_without_children() -> str: ...


GET, POST, PAGE, SOCKET = "get", "post", "page", "websocket"

# how, pattern, function, what the message says, and the remedy in it
MISUSES: list[Refused] = [
    (GET, "/", unannotated, "parameter `x`: it has no annotation", "`x: str`"),
    (GET, "/", without_result, "return annotation: it has none", "-> None"),
    (POST, "/", two_bodies, "parameter `b`: a request has one body", "Put both into one model"),
    (POST, "/", body_and_raw, "a request has one body", "one model"),
    (GET, "/", model, "parameter `a`: this method has no body", "POST"),
    (GET, "/", raw, "parameter `a`: this method has no body", "POST"),
    (GET, "/", upload, "parameter `a`: this method has no body", "POST"),
    ("options", "/", model, "this method has no body", "POST"),
    ("head", "/", model, "this method has no body", "POST"),
    (PAGE, "/", model, "this method has no body", "POST"),
    (GET, "/", starred, "parameter `args`", "Name every parameter"),
    (GET, "/", named, "parameter `kwargs`", "Name every parameter"),
    (GET, "/", positional, "parameter `x`", "Name every parameter"),
    (GET, "/", anything, "parameter `x`: `Any` accepts everything", "Declare"),
    (GET, "/", an_object, "parameter `x`", "Declare"),
    (GET, "/", a_function, "parameter `x`", "."),
    (GET, "/", bad_default, "parameter `x`: The default does not fit", "Correct"),
    (GET, "/{x}", marked_path, "parameter `x`: the route's path gives its value", "Remove the marker"),
    (GET, "/", marker_class, "parameter `x`: `Header` is the marker's class", "`Header(...)`"),
    (GET, "/", depends_class, "parameter `x`: `Depends` is the marker's class", "`Depends(...)`"),
    (GET, "/", marker_default, "parameter `x`: the marker stands as its default", "Annotated[..., Depends(...)]"),
    (GET, "/", header_default, "parameter `x`: the marker stands as its default", "Annotated[..., Header(...)]"),
    (GET, "/", two_markers, "parameter `x`: it has several markers", "Keep one"),
    (GET, "/", header_name, "parameter `x`: no header can have the name 'a: b'", "Header("),
    (GET, "/", cookie_name, "parameter `x`: no cookie can have the name 'a=b'", "Cookie("),
    (GET, "/", header_model, "parameter `x`: no header can carry it", "text-like"),
    (GET, "/", depends_nothing, "parameter `x`: Depends(5) is no function", "Depends("),
    (GET, "/", takes_socket, "parameter `x`: only a WEBSOCKET handler has a socket", "`Request`"),
    (GET, "/", result_anything, "return annotation: `Any`", "Declare"),
    (GET, "/", result_of_class, "return annotation", "Declare"),
    (GET, "/", result_of_two, "return annotation: a response with status 204 has no content", "-> None"),
    (GET, "/", bare_stream, "return annotation: `AsyncIterator` is a stream", "route handler"),
    (GET, "/", unknown_name, "cannot be resolved: name 'Nowhere'", "Import"),
    (GET, "/", yields_text, "return annotation: it yields", "AsyncIterator"),
    (GET, "/", yields_in_line, "it yields, and is not async", "async def"),
    (GET, "/", depends_on_bad, "bad_dependency(), parameter `n`: it has no annotation", "`n: str`"),
    (POST, "/", depends_on_body, "reads_body(), parameter `n`", "."),
    (SOCKET, "/", not_async, "a WebSocket handler is not async", "async def WEBSOCKET"),
    (SOCKET, "/", used, "a socket knows no declaration", "Check in the handler"),
    (SOCKET, "/", verified, "a socket knows no declaration", "Check in the handler"),
    (SOCKET, "/", model, "this method has no body", "."),
    (SOCKET, "/", raw, "this method has no body", "."),
]


@pytest.mark.parametrize(
    ("how", "pattern", "function", "what", "remedy"), MISUSES, ids=[f"{row[0]} {row[2].__name__}" for row in MISUSES]
)
def test_misuse_is_told_with_its_place_and_remedy(
    how: str, pattern: str, function: Callable[..., Any], what: str, remedy: str
) -> None:
    app = App(settings=Settings(mode="test"))
    with pytest.raises(ConfigurationError) as caught:
        getattr(app, how)(pattern)(function)
    message = str(caught.value)
    place, _, rest = message.partition(": ")
    assert what in message
    assert remedy in rest.rpartition(what)[2]
    assert place.rpartition(":")[0] == __file__
    assert int(place.rpartition(":")[2]) > 0


def test_upload_makes_the_model_beside_it_a_field_of_the_form() -> None:
    App(settings=Settings(mode="test")).post("/")(upload_and_model)


@pytest.mark.parametrize("code", [199, 300, 404, 500])
def test_status_of_a_result_is_a_success(code: int) -> None:
    with pytest.raises(ConfigurationError, match="raise a ContractError to fail"):
        Status(code)


def test_layout_takes_its_children() -> None:
    app = App(settings=Settings(mode="test"))
    app.layout(layout_without_children)
    app.page("/")(plain_page)
    with pytest.raises(ConfigurationError, match=r"it does not take `children`. Write `def layout\(children\)`"):
        app.start()


async def plain_page() -> str:
    return "x"


async def handler() -> str:
    return "x"


async def other_handler() -> str:
    return "y"


@pytest.mark.parametrize(("first", "second"), [(GET, GET), (GET, PAGE), (PAGE, GET), (PAGE, PAGE), (SOCKET, SOCKET)])
def test_route_has_one_page_or_one_handler_for_each_method(first: str, second: str) -> None:
    async def one(socket: WebSocket) -> None: ...

    functions = {GET: handler, PAGE: plain_page, SOCKET: one}
    app = App(settings=Settings(mode="test"))
    getattr(app, first)("/x")(functions[first])
    with pytest.raises(ConfigurationError, match=r"/x is answered at .*test_parameters_misuse\.py:\d+ already"):
        getattr(app, second)("/x")(other_handler if second == GET else functions[second])


@pytest.mark.parametrize("declare", [same_origin, use(guard), verify(HmacSha256(header="x-s", secret="x" * 20))])
def test_declarations_change_nothing_in_the_function(declare: Callable[..., Any]) -> None:
    async def declared() -> str:
        return "x"

    assert declare(declared) is declared


def test_second_verifier_is_refused() -> None:
    verifier = HmacSha256(header="x-s", secret="x" * 20)
    with pytest.raises(ConfigurationError, match="@verify stands twice; pass a list of secrets"):
        verify(verifier)(verify(verifier)(handler_to_verify))


async def handler_to_verify() -> Reply[str]: ...


@pytest.mark.parametrize("other", [None, "secret", object(), HmacSha256])
def test_verify_takes_a_verifier(other: Any) -> None:
    with pytest.raises(ConfigurationError, match="HmacSha256"):
        verify(other)(handler)


def test_declaration_on_what_takes_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be decorated"):
        same_origin(len)


def test_reserved_prefix_is_refused() -> None:
    for pattern in ("/_twofold", "/_twofold/x"):
        with pytest.raises(ConfigurationError, match="/_twofold is the framework's"):
            App(settings=Settings(mode="test")).get(pattern)(handler)
