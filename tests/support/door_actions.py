"""Actions of every kind of argument, and what each door sends to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from twofold import BigInt, Conflict, ContractError, NotFound, Redirect, action, redirect

EFFECTS: list[Any] = []
"""What the actions did, in order."""


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Level(Enum):
    ONE = 1
    TWO = 2


@dataclass
class Address:
    street: str
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]


class Item(BaseModel):
    sku: str
    qty: Annotated[int, Ge(1)]


class Card(BaseModel):
    kind: Literal["card"]
    number: str


class Invoice(BaseModel):
    kind: Literal["invoice"]
    days: Annotated[int, Ge(1)]


class Point(TypedDict):
    x: int
    y: int


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
    available: int


class Gone(Exception):
    """A plain domain exception."""


def did(value: Any) -> Any:
    EFFECTS.append(value)
    return value


@action(export=True)
async def reserve(sku: Annotated[str, Len(1, 20)], quantity: Annotated[int, Ge(1), Le(100)]) -> int:
    did((sku, quantity))
    return quantity * 2


@action(export=True)
def in_a_thread(quantity: int) -> int:
    return int(did(quantity)) + 1


@action(export=True)
async def scalars(ratio: float, price: Decimal, when: datetime, day: date, key: UUID, pause: timedelta = timedelta(0)) -> str:
    did((ratio, price, when, day, key, pause))
    return f"{ratio} {price} {when.isoformat()} {day} {key} {pause}"


@action(export=True)
async def choices(size: Size, level: Level, color: Literal["red", "blue"] = "red") -> Size:
    did((size, level, color))
    return size


@action(export=True)
async def optional(note: str | None, count: int | None = 7) -> str:
    return repr(did((note, count)))


@action(export=True)
async def ticks(*, agree: bool, tags: list[str], numbers: set[int]) -> list[str]:
    did((agree, tags, numbers))
    return [*tags, *map(str, sorted(numbers))]


@action(export=True)
async def nested(address: Address, items: list[Item]) -> Address:
    did((address, items))
    return address


@action(export=True)
async def tagged(payment: Annotated[Card | Invoice, Field(discriminator="kind")]) -> str:
    return repr(did(payment))


@action(export=True)
async def typed_dict(point: Point) -> Point:
    did(point)
    return {"x": point["y"], "y": point["x"]}


@action(export=True)
async def big(number: BigInt) -> BigInt:
    did(number)
    return number * 2


@action(export=True)
async def raw(data: bytes) -> bytes:
    did(data)
    return data[::-1]


@action(errors=[OutOfStock], export=True)
async def fails(available: int) -> None:
    did(available)
    raise OutOfStock(f"Only {available} left", available=available)


@action(errors={Gone: "CONFLICT", KeyError: "NOT_FOUND"}, export=True)
async def maps(kind: Literal["gone", "missing", "builtin", "not-found"]) -> None:
    did(kind)
    if kind == "gone":
        raise Gone("It is gone")
    if kind == "missing":
        raise KeyError("k")
    if kind == "builtin":
        raise Conflict("Not now")
    raise NotFound("No such thing")


@action(export=True)
async def moves(to: str) -> Redirect:
    did(to)
    return redirect(f"/{to}")


@dataclass(frozen=True)
class Case:
    """One logical call, as each door sends it. A form that cannot express the case has no pairs."""

    action: Any
    python: dict[str, Any]
    json: Any = None
    form: list[tuple[str, str]] | None = field(default=None)

    @property
    def body(self) -> Any:
        return self.python if self.json is None else self.json


KEY = UUID("12345678-1234-5678-1234-567812345678")
NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

CASES = {
    "numbers": Case(reserve, {"sku": "A-1", "quantity": 2}, form=[("sku", "A-1"), ("quantity", "2")]),
    "unicode": Case(reserve, {"sku": "Ä ß😀\n", "quantity": 2}, form=[("sku", "Ä ß😀\n"), ("quantity", "2")]),
    "too small": Case(reserve, {"sku": "A-1", "quantity": 0}, form=[("sku", "A-1"), ("quantity", "0")]),
    "not a number": Case(reserve, {"sku": "A-1", "quantity": "abc"}, form=[("sku", "A-1"), ("quantity", "abc")]),
    "two failures": Case(reserve, {"sku": "", "quantity": 101}, form=[("sku", ""), ("quantity", "101")]),
    "missing": Case(reserve, {"sku": "A-1"}, form=[("sku", "A-1")]),
    "all missing": Case(reserve, {}, form=[]),
    "beyond safe integers": Case(reserve, {"sku": "A", "quantity": 2**53}, form=[("sku", "A"), ("quantity", str(2**53))]),
    "sync": Case(in_a_thread, {"quantity": 41}, form=[("quantity", "41")]),
    "fraction for a whole": Case(in_a_thread, {"quantity": 1.5}, form=[("quantity", "1.5")]),
    "rich scalars": Case(
        scalars,
        {"ratio": 0.5, "price": Decimal("19.90"), "when": NOON, "day": NOON.date(), "key": KEY, "pause": timedelta(minutes=5)},
        {"ratio": 0.5, "price": "19.90", "when": NOON.isoformat(), "day": "2026-03-01", "key": str(KEY), "pause": "PT5M"},
        [
            ("ratio", "0.5"), ("price", "19.90"), ("when", "2026-03-01T12:30:00+00:00"), ("day", "2026-03-01"),
            ("key", str(KEY)), ("pause", "PT5M"),
        ],
    ),
    "enums": Case(
        choices,
        {"size": Size.LARGE, "level": Level.TWO},
        {"size": "l", "level": 2},
        [("size", "l"), ("level", "2")],
    ),
    "unknown literal": Case(
        choices,
        {"size": Size.LARGE, "level": Level.TWO, "color": "green"},
        {"size": "l", "level": 2, "color": "green"},
        [("size", "l"), ("level", "2"), ("color", "green")],
    ),
    "nothing for optional": Case(optional, {"note": None}, form=[("note", "")]),
    "optional number": Case(optional, {"note": "x", "count": None}, form=[("note", "x"), ("count", "")]),
    "ticked": Case(
        ticks,
        {"agree": True, "tags": ["a", "b"], "numbers": {1, 2}},
        {"agree": True, "tags": ["a", "b"], "numbers": [1, 2]},
        [("agree", "on"), ("tags", "a"), ("tags", "b"), ("numbers", "1"), ("numbers", "2")],
    ),
    "unticked and nothing chosen": Case(
        ticks,
        {"agree": False, "tags": [], "numbers": set()},
        {"agree": False, "tags": [], "numbers": []},
        [],
    ),
    "nested": Case(
        nested,
        {"address": Address("Way 1", "12345"), "items": [Item(sku="A", qty=1), Item(sku="B", qty=2)]},
        {"address": {"street": "Way 1", "zip": "12345"}, "items": [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}]},
        [
            ("address.street", "Way 1"), ("address.zip", "12345"), ("items.0.sku", "A"), ("items.0.qty", "1"),
            ("items.1.sku", "B"), ("items.1.qty", "2"),
        ],
    ),
    "tagged": Case(
        tagged,
        {"payment": Invoice(kind="invoice", days=14)},
        {"payment": {"kind": "invoice", "days": 14}},
        [("payment.kind", "invoice"), ("payment.days", "14")],
    ),
    "typed dict": Case(typed_dict, {"point": {"x": 1, "y": 2}}, form=[("point.x", "1"), ("point.y", "2")]),
    "big integer": Case(big, {"number": 10**30}, {"number": str(10**30)}, [("number", str(10**30))]),
    "bytes": Case(raw, {"data": b"\x00\xff"}, {"data": "AP8="}, [("data", "AP8=")]),
    "contract error": Case(fails, {"available": 3}, form=[("available", "3")]),
    "mapped error": Case(maps, {"kind": "gone"}, form=[("kind", "gone")]),
    "mapped to not found": Case(maps, {"kind": "missing"}, form=[("kind", "missing")]),
    "framework error": Case(maps, {"kind": "builtin"}, form=[("kind", "builtin")]),
    "not found": Case(maps, {"kind": "not-found"}, form=[("kind", "not-found")]),
    "redirect": Case(moves, {"to": "there"}, form=[("to", "there")]),
}  # fmt: skip
