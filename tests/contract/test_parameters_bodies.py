"""The one body of a request: a model as JSON or a form, files beside fields, or the raw bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel, JsonValue
from typing_extensions import TypedDict

from support.asgi import ORIGIN, Message, exchange, post, scope_of, visitor
from twofold import App, ContractError, Header, Request, Settings, Status, UploadFile

app = App(settings=Settings(mode="test"))
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Line(BaseModel):
    sku: str
    quantity: Annotated[int, Ge(1), Le(100)]


class Order(BaseModel):
    name: str
    lines: list[Line] = []
    price: Decimal | None = None
    express: bool = False


@dataclass
class Point:
    x: int
    y: int = 0


class Options(TypedDict):
    size: int


@app.post("/orders")
async def order(order: Order) -> Annotated[Order, Status(201)]:
    return order


@app.put("/points")
async def point(point: Point) -> Point:
    return point


@app.patch("/options")
async def options(options: Options) -> int:
    return options["size"]


@app.post("/list")
async def many(lines: list[Line]) -> int:
    return len(lines)


@app.post("/optional")
async def optional(order: Order | None = None) -> bool:
    return order is None


@app.post("/raw")
async def raw(body: bytes) -> int:
    return len(body)


@app.delete("/raw")
async def raw_and_request(body: bytes, request: Request) -> bool:
    return body == await request.body() == await request.body()


@app.post("/streamed")
async def streamed(request: Request) -> int:
    return sum([len(chunk) async for chunk in request.stream()])


@app.post("/both/{sku}")
async def both(sku: str, order: Order, x_key: Annotated[str, Header()], dry: bool = False) -> str:
    return f"{sku} {order.name} {x_key} {dry}"


@app.post("/json")
async def by_hand(request: Request) -> str:
    return repr(await request.json())


@app.post("/form")
async def form_by_hand(request: Request) -> list[str]:
    return sorted((await request.form()).keys())


# JSON


@pytest.mark.parametrize(
    "media", ["application/json", "application/json; charset=utf-8", "application/vnd.shop+json", "Application/JSON"]
)
async def test_model_is_read_from_json(media: str) -> None:
    body = b'{"name": "A", "lines": [{"sku": "x", "quantity": 2}], "price": "1.50"}'
    answer = await exchange(app, "POST", "/orders", {"content-type": media}, body)
    assert answer.status == 201
    assert answer.json == {"name": "A", "lines": [{"sku": "x", "quantity": 2}], "price": "1.50", "express": False}


@pytest.mark.parametrize(
    ("method", "target", "body", "value"),
    [
        ("PUT", "/points", b'{"x": 1}', {"x": 1, "y": 0}),
        ("PATCH", "/options", b'{"size": 3}', 3),
        ("POST", "/list", b'[{"sku": "x", "quantity": 1}]', 1),
        ("POST", "/optional", b'{"name": "A"}', False),
        ("POST", "/optional", b"null", True),
    ],
)
async def test_every_kind_of_model_is_read(method: str, target: str, body: bytes, value: Any) -> None:
    answer = await exchange(app, method, target, JSON, body)
    assert (answer.status, answer.json) == (200, value)


async def test_body_that_may_be_missing_may_be_missing() -> None:
    assert (await exchange(app, "POST", "/optional")).json is True


async def test_body_comes_in_any_pieces() -> None:
    text = b'{"name": "\xc3\xa9"}'
    answer = await exchange(app, "POST", "/orders", JSON, [text[i : i + 1] for i in range(len(text))])
    assert answer.json["name"] == "é"


NOT_JSON = {"": ["Not valid JSON"]}

BAD_JSON: list[tuple[bytes, dict[str, list[str]] | None]] = [
    (b"", NOT_JSON),
    (b" ", NOT_JSON),
    (b"{", NOT_JSON),
    (b"{'name': 'A'}", NOT_JSON),
    (b'{"name": "A"} {}', NOT_JSON),
    (b'{"name": "A", "name": "B"}', NOT_JSON),
    (b'{"name": "A", "price": NaN}', NOT_JSON),
    (b'{"name": "A", "price": -Infinity}', NOT_JSON),
    (b'{"name": "\\ud800"}', NOT_JSON),
    (b'{"name": "\xff"}', NOT_JSON),
    (b'{"name": "\xed\xa0\x80"}', NOT_JSON),
    (b'\xef\xbb\xbf{"name": "A"}', NOT_JSON),
    ('{"name": "A"}'.encode("utf-16"), NOT_JSON),
    (b'{"name": "A", "lines": ' + b"[" * 40 + b"]" * 40 + b"}", {"": ["Nested deeper than 32 levels"]}),
    (b"[" * 100_000, {"": ["Nested deeper than 32 levels"]}),
    (b"[]", {"": ["Must be an object"]}),
    (b'"text"', {"": ["Must be an object"]}),
    (b"null", {"": ["Must be an object"]}),
    (b"{}", {"name": ["Required"]}),
    (b'{"name": 5}', {"name": ["Must be text"]}),
    (b'{"name": "A", "express": "true"}', {"express": ["Must be true or false"]}),
    (b'{"name": "A", "price": 1e400}', None),
    (b'{"name": "A", "lines": [{"sku": "x", "quantity": "2"}]}', {"lines.0.quantity": ["Must be a whole number"]}),
    (b'{"name": "A", "lines": [{"sku": "x", "quantity": 1e999}]}', None),
    (b'{"name": "A", "lines": [{"sku": "x", "quantity": 9007199254740993}]}', None),
    (
        b'{"lines": [{"quantity": 0}, {"sku": 1, "quantity": 101}, 5], "price": "x"}',
        {
            "name": ["Required"],
            "lines.0.sku": ["Required"],
            "lines.0.quantity": ["Must be at least 1"],
            "lines.1.sku": ["Must be text"],
            "lines.1.quantity": ["Must be at most 100"],
            "lines.2": ["Must be an object"],
            "price": ["Must be a decimal number"],
        },
    ),
]


@pytest.mark.parametrize(("body", "fields"), BAD_JSON, ids=[repr(body[:40]) for body, _ in BAD_JSON])
async def test_hostile_json_is_refused_with_every_path(body: bytes, fields: dict[str, list[str]] | None) -> None:
    answer = await exchange(app, "POST", "/orders", JSON, body)
    assert (answer.status, answer.json["code"]) == (422, "VALIDATION")
    assert answer.json.keys() == {"error", "code", "fields"}
    assert fields is None or answer.json["fields"] == fields


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"a":1,"a":2}', b'"\\ud800"', b"[" * 100_000, b"\xff"])
async def test_json_read_by_hand_is_as_strict(body: bytes) -> None:
    answer = await exchange(app, "POST", "/json", JSON, body)
    assert (answer.status, answer.json["code"]) == (422, "VALIDATION")


@pytest.mark.parametrize("media", ["", "text/plain", "application/xml", "text/json", "json", "application/json-seq", "*/*", ";"])
async def test_other_media_types_are_not_read(media: str) -> None:
    answer = await exchange(app, "POST", "/orders", {"content-type": media}, b'{"name": "A"}')
    assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_body_without_a_media_type_is_not_read() -> None:
    answer = await exchange(app, "POST", "/orders", {}, b'{"name": "A"}')
    assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_texts_and_body_fail_together() -> None:
    answer = await exchange(app, "POST", "/both/A-1?dry=x", JSON, b'{"express": 1}')
    assert answer.json["fields"] == {
        "dry": ["Must be true or false"],
        "x_key": ["Required"],
        "name": ["Required"],
        "express": ["Must be true or false"],
    }


async def test_texts_and_body_come_together() -> None:
    answer = await exchange(app, "POST", "/both/A-1?dry=1", {**JSON, "x-key": "k"}, b'{"name": "N"}')
    assert answer.json == "A-1 N k True"


# Forms


async def test_model_is_read_from_a_form() -> None:
    text = b"name=A+b&lines.0.sku=x&lines.0.quantity=2&price=1.50&express=on"
    answer = await exchange(app, "POST", "/orders", FORM, text)
    assert answer.json == {"name": "A b", "lines": [{"sku": "x", "quantity": 2}], "price": "1.50", "express": True}


async def test_model_is_read_from_a_multipart_form() -> None:
    response = await post(app, "/orders", files={"name": (None, "A"), "price": (None, "")})
    assert response.json() == {"name": "A", "lines": [], "price": None, "express": False}


BAD_FORMS = [
    (FORM, b"", {"name"}),
    (FORM, b"name=%zz", {""}),
    (FORM, b"name=%ff", {""}),
    (FORM, b"name=A&lines.0.quantity=x", {"lines.0.sku", "lines.0.quantity"}),
    (FORM, b"name=A&name.deep=B", {"name"}),
    (FORM, b"name=A&lines.x.sku=1", {"lines"}),
    (FORM, b"name=A&lines.5000.sku=1", {"lines.5000"}),
    ({"content-type": f"{FORM['content-type']}; charset=utf-16"}, b"name=A", {""}),
    ({"content-type": "multipart/form-data"}, b"name=A", {""}),
    ({"content-type": "multipart/form-data; boundary="}, b"name=A", {""}),
    ({"content-type": "multipart/form-data; boundary=x"}, b"name=A", {""}),
    ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\nA\r\n--x--", {""}),
    ({"content-type": "multipart/form-data; boundary=x"}, b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nA', {""}),
    ({"content-type": "multipart/form-data; boundary=\xe9"}, b"", {""}),
]


@pytest.mark.parametrize(("headers", "body", "paths"), BAD_FORMS)
async def test_hostile_form_is_refused(headers: dict[str, str], body: bytes, paths: set[str]) -> None:
    answer = await exchange(app, "POST", "/orders", headers, body)
    assert (answer.status, answer.json["code"]) == (422, "VALIDATION")
    assert answer.json["fields"].keys() == paths


@pytest.mark.parametrize(("headers", "body", "paths"), [row for row in BAD_FORMS if row[2] == {""}])
async def test_form_read_by_hand_is_as_strict(headers: dict[str, str], body: bytes, paths: set[str]) -> None:
    answer = await exchange(app, "POST", "/form", headers, body)
    assert (answer.status, answer.json["code"]) == (422, "VALIDATION")


async def test_form_with_too_many_fields_is_too_large() -> None:
    answer = await exchange(app, "POST", "/orders", FORM, b"&".join([b"name=A"] * 1_001))
    assert (answer.status, answer.json["code"]) == (413, "TOO_LARGE")


# Files

kept: list[UploadFile] = []


class Refused(ContractError, code="REFUSED", status=409):
    """What a handler raises after it took a file."""


@app.post("/upload")
async def upload(photo: UploadFile, caption: str, n: Annotated[int, Ge(1)] = 1, note: str | None = None) -> list[JsonValue]:
    kept.append(photo)
    if caption == "refuse":
        raise Refused
    if caption == "fail":
        raise ValueError
    return [photo.filename, len(await photo.read()), caption, n, note]


@app.post("/uploads")
async def uploads(photos: list[UploadFile], cover: UploadFile | None = None) -> list[str | None]:
    kept.extend(photos)
    return [photo.filename for photo in photos]


async def test_file_comes_with_the_fields_beside_it() -> None:
    response = await post(app, "/upload", files={"photo": ("a.png", b"12345")}, data={"caption": "c", "n": "2"})
    assert (response.status_code, response.json()) == (200, ["a.png", 5, "c", 2, None])


async def test_several_files_come_under_one_name() -> None:
    response = await post(app, "/uploads", files=[("photos", ("a", b"1")), ("photos", ("b", b"2"))])
    assert response.json() == ["a", "b"]


async def test_query_does_not_fill_the_fields_of_a_form() -> None:
    response = await post(app, "/upload?caption=c", files={"photo": ("a.png", b"1")})
    assert response.json()["fields"] == {"caption": ["Required"]}


@pytest.mark.parametrize(
    ("files", "data", "paths"),
    [
        ({"x": (None, "1")}, {}, {"photo", "caption"}),
        ({"photo": (None, "text")}, {"caption": "c"}, {"photo"}),
        ({"photo": ("a", b"1"), "caption": ("b", b"1")}, {}, {"caption"}),
        ({"photo": ("", b"")}, {"caption": "c"}, {"photo"}),
        ([("photo", ("a", b"1")), ("photo", ("b", b"1"))], {"caption": "c"}, {"photo"}),
        ({"photo": ("a", b"1")}, {"caption": "c", "n": "0"}, {"n"}),
    ],
)
async def test_file_or_field_that_does_not_fit_is_named(files: Any, data: dict[str, str], paths: set[str]) -> None:
    response = await post(app, "/upload", files=files, data=data)
    assert response.status_code == 422
    assert response.json()["fields"].keys() == paths


async def test_json_carries_no_file() -> None:
    answer = await exchange(app, "POST", "/upload", JSON, b'{"caption": "c"}')
    assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(("caption", "status"), [("c", 200), ("refuse", 409), ("fail", 500)])
async def test_file_is_closed_afterwards(caption: str, status: int) -> None:
    kept.clear()
    response = await post(app, "/upload", files={"photo": ("a.png", b"1")}, data={"caption": caption})
    assert (response.status_code, kept[0].file.closed) == (status, True)


async def test_large_file_is_spooled_to_disk() -> None:
    spooled = App(settings=Settings(mode="test", max_body_bytes=4_000_000))
    rolled: list[bool] = []

    async def take(photo: UploadFile) -> int | None:
        rolled.append(photo.file._rolled)  # type: ignore[attr-defined]
        return photo.size

    spooled.post("/")(take)
    response = await post(spooled, "/", files={"photo": ("a", b"x" * 2_000_000)})
    assert (response.json(), rolled) == (2_000_000, [True])


# Raw bytes


@pytest.mark.parametrize("media", ["application/octet-stream", "application/json", "text/plain", ""])
async def test_raw_body_is_taken_as_it_is(media: str) -> None:
    answer = await exchange(app, "POST", "/raw", {"content-type": media}, [b"\x00\xff", b"{"])
    assert answer.json == 3


async def test_body_can_be_read_twice() -> None:
    assert (await exchange(app, "DELETE", "/raw", {}, b"x" * 10)).json is True


# Limits

small = App(settings=Settings(mode="test", max_body_bytes=100))
small.post("/orders")(order)
small.post("/raw")(raw)
small.post("/upload")(upload)
small.post("/streamed")(streamed)
small.post("/form")(form_by_hand)

MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
BIG_FILE = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + b"x" * 200 + b"\r\n--x--\r\n"
BIG = [
    ("/orders", JSON, b'{"name": "' + b"x" * 200 + b'"}'),
    ("/orders", FORM, b"name=" + b"x" * 200),
    ("/orders", MULTIPART, BIG_FILE),
    ("/raw", {}, b"x" * 101),
    ("/streamed", {}, b"x" * 101),
    ("/upload", MULTIPART, BIG_FILE),
    ("/form", FORM, b"name=" + b"x" * 200),
    ("/form", MULTIPART, BIG_FILE),
]


@pytest.mark.parametrize(("target", "headers", "body"), BIG)
@pytest.mark.parametrize("length", ["true", "too small", "none"])
async def test_body_over_the_limit_is_too_large(target: str, headers: dict[str, str], body: bytes, length: str) -> None:
    declared = {"true": {"content-length": str(len(body))}, "too small": {"content-length": "5"}, "none": {}}[length]
    pieces: Sequence[bytes] = [body[i : i + 50] for i in range(0, len(body), 50)]
    answer = await exchange(small, "POST", target, {**headers, **declared}, pieces)
    assert (answer.status, answer.json) == (413, {"error": answer.json["error"], "code": "TOO_LARGE"})


@pytest.mark.parametrize("target", ["/orders", "/raw", "/upload", "/streamed"])
async def test_body_declared_too_large_is_not_read(target: str) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    media = MULTIPART if target == "/upload" else JSON
    await small(scope_of("POST", target, {**media, "content-length": "101"}), receive, send)
    assert sent[0]["status"] == 413


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "٣", "9" * 100, ""])
async def test_length_that_is_no_number_is_ignored(length: str) -> None:
    answer = await exchange(small, "POST", "/raw", [("content-length", length.encode().decode("latin-1"))], b"x" * 100)
    assert answer.json == 100


async def test_body_at_the_limit_is_taken() -> None:
    assert (await exchange(small, "POST", "/raw", {"content-length": "100"}, b"x" * 100)).json == 100


async def test_client_that_leaves_while_sending_gets_no_answer() -> None:
    sent: list[Message] = []
    coming: list[Message] = [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope_of("POST", "/raw"), receive, send)
    assert sent == []


async def test_no_hostile_body_is_a_servers_fault() -> None:
    bodies = [body for body, _ in BAD_JSON] + [body for _, body, _ in BAD_FORMS]
    media = ["application/json", *FORM.values(), "multipart/form-data; boundary=x", "text/plain", ""]
    async with visitor(app, base_url=ORIGIN) as http:
        for target in ("/orders", "/list", "/optional", "/upload", "/uploads", "/json", "/form"):
            for content_type in media:
                for body in bodies[::2]:
                    response = await http.post(target, content=body, headers={"content-type": content_type})
                    assert response.status_code < 500, (target, content_type, body[:50])
