"""An app whose actions and handlers hold every type that can cross, and names that other languages trip over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Generic, Literal, NamedTuple, NotRequired, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, NaiveDatetime
from pydantic.alias_generators import to_camel
from starlette.responses import Response
from typing_extensions import TypeAliasType, TypedDict

from twofold import App, BigInt, ContractError, FileLimits, Header, Redirect, Secret, Settings, UploadFile, action, redirect
from twofold.handlers import idempotent

T = TypeVar("T")


class Colour(Enum):
    """What it is painted in. */ alert(1) /*"""

    RED = "red"
    DARK_BLUE = "dark blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    street_name: str
    zip_code: str = Field(description="Five digits, as\nthe post has them */")
    moved_in: date | None = None


class Card(BaseModel):
    kind: Literal["card"] = "card"
    expires: AwareDatetime


class Cash(BaseModel):
    kind: Literal["cash"] = "cash"
    notes: list[int] = []


@dataclass
class Node:
    """A tree of moments."""

    at: AwareDatetime
    children: list[Node] = field(default_factory=list)
    named: dict[str, Node] = field(default_factory=dict)


class Point(NamedTuple):
    x: float
    y: float


class Options(TypedDict):
    loud: bool
    until: NotRequired[AwareDatetime]


class Page(BaseModel, Generic[T]):
    items: list[T]
    next_at: AwareDatetime | None = None


Tree = TypeAliasType("Tree", "dict[str, Tree] | list[Tree] | int")


class Everything(BaseModel):
    """One of each."""

    moment: AwareDatetime
    day: date
    clock: time
    lasts: timedelta
    wall: NaiveDatetime
    price: Decimal
    id: UUID
    big: BigInt
    raw: bytes
    tags: set[str]
    moments: set[AwareDatetime]
    frozen: frozenset[int]
    colour: Colour
    level: Level
    word: Literal["a", "b"]
    pair: tuple[int, AwareDatetime]
    many: tuple[bytes, ...]
    point: Point
    by_day: dict[date, AwareDatetime]
    by_number: dict[int, BigInt]
    by_colour: dict[Colour, int]
    address: Address
    payment: Annotated[Card | Cash, Field(discriminator="kind")]
    never: Literal["never"] | AwareDatetime
    mixed: AwareDatetime | int | list[BigInt] | None
    options: Options
    node: Node
    page: Page[AwareDatetime]
    tree: Tree
    json_value: JsonValue = None
    size: int = 1
    proto: str = Field(default="p", alias="__pro to__")


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409, message="Out of stock"):
    """There is less than asked for."""

    available: int
    colours: list[Colour]
    since: AwareDatetime


class Gone(ContractError, code="GONE", status=410):
    """It was sold."""


@action(export=True)
async def echo(value: Everything) -> Everything:
    """Give back what came.

    And again: */ no end of it.
    """
    return value


@action(export=True)
async def spread(
    moment: AwareDatetime,
    big: BigInt,
    raw: bytes,
    tags: set[BigInt],
    price: Decimal,
    pin: Annotated[str, Secret] = "",
    *,
    node: Node | None = None,
    loud: bool = False,
) -> tuple[AwareDatetime, BigInt, bytes, set[BigInt], Decimal, Node | None]:
    """Take arguments one by one."""
    return moment, big, raw, tags, price, node


@action(export=True, errors=[OutOfStock, Gone])
async def reserve_stock(sku: str, quantity: Annotated[int, Field(ge=1, le=100)] = 1) -> Page[Card]:
    """Hold stock."""
    if quantity == 99:
        raise OutOfStock(available=3, colours=[Colour.RED], since=datetime.fromisoformat("2026-01-02T03:04:05Z"))
    if quantity == 98:
        raise Gone
    return Page[Card](items=[], next_at=None)


@action(export=True)
async def maybe(day: date | None = None) -> Colour | None:
    return None if day is None else Colour.RED


@action(export=True)
async def go(where: str) -> Redirect:
    return redirect(where)


@action(export=True)
async def nothing() -> None:
    """Give nothing."""


@action(export=True)
async def upload(
    photo: Annotated[UploadFile, FileLimits(1_000_000)], address: Address, also: list[UploadFile], title: str | None = None
) -> list[str | None]:
    """Take files beside other values."""
    names = [file.filename for file in [photo, *also]]
    return [title, address.zip_code, *names]


@action(export=True)
async def ticks(count: int) -> AsyncIterator[Card]:
    """Give some moments."""
    for number in range(count):
        if number == 3:
            raise Gone("No more")
        yield Card(expires=datetime.fromisoformat(f"2026-01-0{number + 1}T00:00:00Z"))


@action(export=True)
async def delete(new: int, function: str, *, class_: bool = False) -> int:
    """Have names that are reserved elsewhere."""
    return new


@action(export=True)
async def größe_in_m(länge: float, π: float = 3.14) -> float:  # noqa: PLC2401
    return länge * π


@action(export=True)
async def __dunder_name__(constructor: str, toString: str, hasOwnProperty: str = "") -> str:  # noqa: N803, N807
    return constructor + toString + hasOwnProperty


@action(export=True)
async def requires_named(first: int = 1, *, second: int) -> int:
    return first + second


@action
async def internal() -> None:
    """Not for clients."""


app = App(settings=Settings(mode="test"))


@app.get("/api/stock/{sku}")
async def get_stock(
    sku: str, limit: int, moment: AwareDatetime | None = None, x_token: Annotated[str, Header()] = ""
) -> Page[Card]:
    """Give what is there."""
    return Page[Card](items=[Card(expires=datetime.fromisoformat("2026-01-02T03:04:05Z"))] * limit, next_at=moment)


@app.post("/api/orders")
@idempotent()
async def create_order(order: Address, notify: bool = False) -> Address:
    """Place an order."""
    return order


@app.delete("/api/orders/{order_id}")
async def delete_order(order_id: int) -> None:
    """Cancel an order."""


@app.get("/api/raw")
async def raw() -> Response:
    return Response("as it is", media_type="text/plain")
