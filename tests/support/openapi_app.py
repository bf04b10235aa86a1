"""A small app whose route handlers take and give whatever one can: what an OpenAPI document has to describe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Generic, Literal, NotRequired, TypeVar
from uuid import UUID

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, Field, JsonValue
from starlette.responses import HTMLResponse
from typing_extensions import TypedDict

from twofold import (
    App,
    BigInt,
    Cookie,
    Depends,
    FileLimits,
    Header,
    HmacSha256,
    Redirect,
    Reply,
    Request,
    Response,
    Secret,
    ServerSentEvent,
    Settings,
    Status,
    UploadFile,
    WebSocket,
    action,
    idempotent,
    limit,
    redirect,
    same_origin,
    verify,
)

T = TypeVar("T")
SIGNATURE = HmacSha256(header="x-signature", secret="a-secret-of-these-tests")
app = App(settings=Settings(mode="test"))


class Colour(Enum):
    """What a lamp looks like."""

    RED = "red"
    BLUE = "dark-blue"


class Size(Enum):
    SMALL = 1
    LARGE = 2


@dataclass
class Lamp:
    """A lamp, as it is sold."""

    sku: Annotated[str, Field(pattern="^[A-Z]-[0-9]$", examples=["A-1"])]
    price: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)]
    colour: Colour = Colour.RED
    watts: Annotated[int, Ge(1), Le(100)] = 5


class Node(BaseModel):
    """A folder with folders in it."""

    name: str
    children: list[Node] = []


class Leafless(BaseModel):
    """A chain: read exactly as it is written."""

    name: str
    next: Leafless | None


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int


class Extra(TypedDict):
    note: NotRequired[str]
    level: int


class Rich(BaseModel):
    """Whatever has a JSON form."""

    when: AwareDatetime
    day: date
    key: UUID
    raw: Annotated[bytes, MinLen(1), MaxLen(6)]
    large: BigInt
    size: Size
    tags: set[str]
    prices: dict[str, Decimal]
    pair: tuple[int, str]
    pin: Annotated[str, Secret]
    anything: JsonValue
    shape: Annotated[Circle | Square, Field(discriminator="kind")]
    maybe: int | None = None
    default: bytes = b"\xff"


@dataclass
class Note:
    """Flat, so that a form can send it."""

    text: Annotated[str, MinLen(1)]
    stars: Annotated[int, Ge(1), Le(5)] = 3
    is_public: bool = False
    topics: list[str] = field(default_factory=list)


async def api_key(x_api_key: Annotated[str, Header()]) -> str:
    """Give who calls."""
    return x_api_key


async def paging(page: Annotated[int, Ge(1), Le(100)] = 1, authorization: Annotated[str | None, Header()] = None) -> int:
    return page


@app.get("/api/lamps")
async def lamps(
    page: Annotated[int, Depends(paging)],
    colours: tuple[Colour, ...] = (),
    cheaper_than: Decimal | None = None,
    is_dimmable: bool = False,
    sort: Literal["sku", "price"] = "sku",
) -> Page[Lamp]:
    """List lamps. The cheapest come first.

    `page` begins with one.

    Args:
        page: of twenty.
    """
    return Page(items=[Lamp("A-1", Decimal("9.50"))], total=page)


@app.post("/api/lamps")
async def add_lamp(lamp: Lamp, who: Annotated[str, Depends(api_key)]) -> Annotated[Lamp, Status(201)]:
    """Add a lamp."""
    return lamp


@app.get("/api/lamps/{number}")
async def lamp(number: Annotated[int, Ge(1), Le(99)]) -> Lamp | None:
    return None


@app.put("/api/lamps/{number}")
async def change_lamp(number: int, note: Note | None = None) -> Reply[Lamp]:
    return Reply(Lamp("B-2", Decimal(1)), 200, {"X-Number": str(number)})


@app.delete("/api/lamps/{number}")
async def remove_lamp(number: int) -> None:
    """Remove a lamp."""


@app.get("/api/folders")
async def folders() -> Node:
    return Node(name="a", children=[Node(name="b")])


@app.post("/api/folders")
async def add_folder(node: Node) -> Node:
    return node


@app.post("/api/chains")
async def add_chain(chain: Leafless) -> Leafless:
    return chain


@app.post("/api/rich")
async def take_rich(rich: Rich) -> Rich:
    return rich


@app.patch("/api/extras")
async def take_extra(extra: list[Extra]) -> list[Extra]:
    return extra


@app.post("/api/notes")
async def take_note(note: Note, session_id: Annotated[str | None, Cookie()] = None) -> Note:
    return note


@app.post("/api/photos")
async def take_photo(
    title: Annotated[str, MinLen(1)],
    photo: Annotated[UploadFile, FileLimits(1000, accept=("image/png", ".svg"))],
    others: list[UploadFile],
    is_private: bool,
    stars: int = 3,
) -> int:
    return stars


@app.post("/api/raw")
async def take_bytes(raw: bytes) -> int:
    return len(raw)


@app.post("/api/events")
@verify(SIGNATURE)
async def take_event(raw: bytes) -> None:
    """Take an event."""


@app.post("/api/preferences")
@same_origin
async def keep_preference(theme: Literal["light", "dark"]) -> None:
    """Keep what a page of this site chose."""


@app.post("/api/orders")
@idempotent(required=True)
@limit("100000/minute")
async def order(note: Note) -> Annotated[Note, Status(201)]:
    """Order once."""
    return note


@app.get("/api/events")
async def events(last_event_id: Annotated[int, Header()] = 0) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data="one")


@app.get("/api/lines")
async def lines() -> AsyncIterator[Lamp]:
    yield Lamp("A-1", Decimal("9.50"))


@app.get("/api/download")
async def download() -> AsyncIterator[bytes]:
    yield b"bytes"


@app.get("/api/page")
async def own_page() -> HTMLResponse:
    return HTMLResponse("<p>Hello</p>")


@app.get("/api/own")
async def own_answer(request: Request) -> Response:
    return Response(status_code=206)


@app.get("/api/moved")
async def moved() -> Redirect:
    return redirect("/api/lamps", 307)


@app.get("/api/when")
async def when() -> datetime:
    return datetime(2030, 1, 31, 9, 30, tzinfo=UTC)


@app.get("/files/{name}")
async def file(name: str) -> str:
    return name


@app.get("/files/{path...}")
async def deep_file(path: tuple[str, ...]) -> list[str]:
    return list(path)


@app.get("/trees/{path...?}")
async def tree(path: tuple[int, ...] = ()) -> int:
    return len(path)


@app.head("/probe")
async def probe(depth: int = 1) -> None:
    """Tell that it is there."""


@app.options("/probe")
async def options() -> None:
    """Tell what can be done."""


# None of these is for outsiders


@app.page("/")
async def home() -> str:
    return "a page"


@app.websocket("/api/socket")
async def socket(socket: WebSocket) -> None:
    await socket.accept()


@action(export=True)
async def hidden_action(secret_parameter: str) -> str:
    return secret_parameter
